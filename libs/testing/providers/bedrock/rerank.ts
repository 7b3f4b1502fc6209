import type { Json } from '#contract'
import { rank } from '../rank.ts'
import type { PlainAnswer, PlainApi, PlainRequest } from '../types.ts'
import { constraint, invalid } from './errors.ts'
import { join, type Place, readList, readNumber, readObject, readText } from './members.ts'

/*
 * Cohere's reranker through InvokeModel: Cohere's v2 body with its version and without the model, which the path names.
 * npm `cohere-ai` 8.1.0, dist/aws-utils.js, sends it so. That other members are refused, and how, is not verified.
 */
const members = ['query', 'documents', 'top_n', 'max_tokens_per_doc', 'api_version']
const place: Place = { path: '', acceptUnknown: false }

/** Undefined for a path that is not that of a reranker. */
export function rerankApi(path: string): PlainApi | undefined {
  const [, id] = /^\/model\/([^/]+)\/invoke$/.exec(path) ?? []
  const model = id === undefined ? '' : decode(id)
  return model.includes('cohere.rerank') ? { answer: (request) => rerank(model, request) } : undefined
}

function rerank(model: string, { body, knows }: PlainRequest): PlainAnswer {
  if (!knows(model)) throw invalid('The provided model identifier is invalid.')
  const request = readObject(parse(body), place, members)
  const query = readText(request['query'], join(place, 'query'))
  const documents = readList(request['documents'], join(place, 'documents')).map((document, index) =>
    readText(document, join(join(place, 'documents'), index)),
  )
  if (documents.length === 0) throw constraint('documents', 'have length greater than or equal to 1')
  // Without it the first version of the API would read the body.
  if (request['api_version'] !== 2) throw invalid('api_version must be 2 for this model.')
  const count = { min: 1, max: Number.MAX_SAFE_INTEGER, whole: true } as const
  readNumber(request['max_tokens_per_doc'], join(place, 'max_tokens_per_doc'), count)
  const results = rank(query, documents, readNumber(request['top_n'], join(place, 'top_n'), count))
  const parts = JSON.stringify({ results })
  return { model, text: query, stream: false, contentType: 'application/json', parts }
}

function decode(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    throw invalid('The provided model identifier is invalid.')
  }
}

function parse(body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw invalid('Malformed input request, please reformat your input and try again.')
  }
}
