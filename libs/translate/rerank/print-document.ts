import type { GatewayError, Json, JsonObject, RerankDocument, RerankRequest } from '#contract'
import { invalidRequest } from '../invalid-request.ts'
import type { Warnings } from '../warnings.ts'

/** The documents as a reranker takes them that knows no records; `keep` picks those that go as they are. */
export function printDocuments<Kept extends Json = never>(
  request: RerankRequest,
  warnings: Warnings,
  keep: (fields: JsonObject) => Kept | undefined = () => undefined,
): readonly (string | Kept)[] {
  const { documents, rankFields } = request
  if (rankFields !== undefined && documents.every(({ type }) => type === 'text')) {
    warnings.unsupported('rank_fields')
  }
  return documents.map((document, index) => {
    if (document.type === 'text') return document.text
    const kept = keep(document.fields)
    if (kept !== undefined) return kept
    const path = `documents[${index}]`
    warnings.changed(path)
    return printFields(pick(document.fields, rankFields, path), path)
  })
}

/** A record among documents, and no picture (`image`, by Jina's rules) nor content parts (by vLLM's). */
export function isRecord(fields: JsonObject): boolean {
  return !Object.entries(fields).some(([name, value]) => isMedia(name, value ?? null))
}

/** As a result of the APIs that print every document as an object. */
export function documentObject(document: RerankDocument): JsonObject {
  return document.type === 'text' ? { text: document.text } : document.fields
}

type Field = readonly [name: string, value: Json]

function pick(fields: JsonObject, wanted: readonly string[] | undefined, path: string): readonly Field[] {
  const names = wanted ?? Object.keys(fields)
  const picked = names.flatMap((name): readonly Field[] => {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    return value === undefined ? [] : [[name, value]]
  })
  if (picked.length > 0) return picked
  throw invalidRequest(path, wanted === undefined ? `${path} is empty.` : `${path} has none of rank_fields.`)
}

/**
 * A record as YAML, as Cohere asks for it (https://docs.cohere.com/docs/rerank-overview#structured-data-support), with the
 * fields that were to be ranked by, in their order.
 */
function printFields(fields: readonly Field[], path: string): string {
  return fields
    .map(([name, value]) => {
      if (isMedia(name, value)) throw media(path)
      return `${printScalar(name)}: ${typeof value === 'string' ? printScalar(value) : JSON.stringify(value)}`
    })
    .join('\n')
}

function isMedia(name: string, value: Json): boolean {
  return (name === 'image' && typeof value === 'string') || (name === 'content' && Array.isArray(value))
}

/** JSON's strings are YAML's, too: those that would mean something else unquoted are quoted. */
function printScalar(text: string): string {
  if (/^(true|false|null|yes|no|on|off)$/i.test(text)) return JSON.stringify(text)
  return /^[\p{L}_][^\p{C}:#]*$/u.test(text) && !text.endsWith(' ') ? text : JSON.stringify(text)
}

function media(path: string): GatewayError {
  return invalidRequest(path, `${path} holds more than text; the model's provider ranks texts alone.`)
}
