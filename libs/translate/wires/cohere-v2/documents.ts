import type { DocumentPart, Json, JsonObject, Source } from '#contract'
import type { Draft } from '../../draft.ts'
import { parseExact } from '../../exact-json.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import { optionalText, requiredObject } from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'

/*
 * Documents: `Document {data, id?}`, whose `data` is a dictionary (title, snippet, url, …) or, in the vendor's own
 * examples of tool results (https://docs.cohere.com/v2/docs/tool-use-overview), a text; a document of the request may be a bare text. In the canonical model a dictionary is
 * a text of type application/json, a text is text/plain; the id is this wire's own.
 */

const knownOfDocument: ReadonlySet<string> = new Set(['data'])

/** One of the request's `documents`, or the `document` of a tool result. `path` has no dot. */
export function decodeDocument(value: Json | undefined, path: string): DocumentPart {
  if (typeof value === 'string') return { type: 'document', source: plainText(value) }
  const document = requiredObject(value, path)
  const data = document['data']
  const source =
    typeof data === 'string'
      ? plainText(data)
      : jsonText(JSON.stringify(requiredObject(data, `${path}.data`)))
  const part: Draft<DocumentPart> = { type: 'document', source }
  optionalText(document, 'id', `${path}.`)
  const unknown = unknownMembers(document, knownOfDocument)
  if (unknown !== undefined) part.extensions = { 'cohere-v2': unknown }
  return part
}

function plainText(text: string): Source {
  return { kind: 'text', mediaType: 'text/plain', text }
}

function jsonText(text: string): Source {
  return { kind: 'text', mediaType: 'application/json', text }
}

/** A document as the vendor takes it. Throws `invalid-request` for bytes and addresses, which it does not. */
export function encodeDocument(part: DocumentPart, path: string): JsonObject {
  const text = readText(part.source, path)
  const data = (part.source.kind === 'text' && dictionary(part.source)) || describe(part, text)
  return { data, ...part.extensions?.['cohere-v2'] }
}

/** The same as one of the request's `documents`, where a bare text is enough. */
export function encodeDocumentItem(part: DocumentPart, path: string): Json {
  const document = encodeDocument(part, path)
  const { data } = document
  return typeof data === 'string' && Object.keys(document).length === 1 ? data : document
}

function dictionary(source: Extract<Source, { kind: 'text' }>): JsonObject | undefined {
  if (source.mediaType !== 'application/json') return undefined
  try {
    return asObject(parseExact(source.text))
  } catch {
    return undefined
  }
}

/** "Both the key name and the value will be passed to the model." */
function describe(part: DocumentPart, text: string): Json {
  if (part.name === undefined && part.context === undefined) return text
  return {
    ...(part.name !== undefined && { title: part.name }),
    ...(part.context !== undefined && { context: part.context }),
    text,
  }
}

function readText(source: Source, path: string): string {
  if (source.kind === 'text') return source.text
  if (source.kind === 'base64' && source.mediaType.startsWith('text/')) {
    return Buffer.from(source.data, 'base64').toString('utf8')
  }
  throw invalidRequest(
    path,
    `${path} is a document that is no text, which the model's provider does not take; send its text.`,
  )
}
