import { isJsonObject, type Json, type JsonObject } from '#contract'
import { rank } from '../rank.ts'
import type { PlainAnswer, PlainApi, PlainRequest } from '../types.ts'
import { invalid, refusal, unknownField, unknownModel, wrongType } from './errors.ts'

/** Every member of `V2RerankRequest` (cohere-ai 8.1.0) and `return_documents` of 7.17.1; another one is refused. */
const members = new Set('model query documents top_n max_tokens_per_doc priority return_documents'.split(' '))

/** Up to so many documents with one query are one search. https://cohere.com/pricing */
const documentsPerUnit = 100

/** Cohere's v2 rerank (`/v2/rerank`). */
export const rerank: PlainApi = { answer }

function answer({ body, knows }: PlainRequest): PlainAnswer {
  const request = parse(body)
  for (const name of Object.keys(request)) if (!members.has(name)) throw unknownField(name)
  const model = readText(request, 'model')
  const query = readText(request, 'query')
  const documents = readDocuments(request['documents'])
  const limit = readCount(request, 'top_n')
  readCount(request, 'max_tokens_per_doc')
  if (!knows(model)) throw unknownModel(model)
  const ranked = {
    id: crypto.randomUUID(),
    results: rank(query, documents, limit).map((result) =>
      request['return_documents'] === true
        ? { ...result, document: { text: documents[result.index] } }
        : result,
    ),
    meta: {
      api_version: { version: '2' },
      billed_units: { search_units: Math.ceil(documents.length / documentsPerUnit) },
    },
  }
  return { model, text: query, stream: false, contentType: 'application/json', parts: JSON.stringify(ranked) }
}

function parse(body: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (isJsonObject(value)) return value
  } catch {
    // Refused below, as the vendor refuses both.
  }
  throw refusal(400, 'invalid json syntax: the body could not be parsed')
}

function readText(request: JsonObject, name: string): string {
  const value = request[name]
  if (value === undefined || value === null || value === '') throw invalid(`${name} is required`)
  if (typeof value !== 'string') throw wrongType(name, value, 'string')
  return value
}

function readDocuments(value: Json | undefined): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid('documents must be a non-empty list')
  for (const document of value) {
    if (typeof document !== 'string') throw wrongType('documents', document, 'string')
  }
  return value as readonly string[]
}

function readCount(request: JsonObject, name: string): number | undefined {
  const value = request[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, value, 'integer')
  if (value < 1) throw invalid(`${name} must be at least 1`)
  return value
}
