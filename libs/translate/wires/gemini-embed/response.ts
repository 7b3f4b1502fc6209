import type {
  CallerContext,
  EmbeddingRequest,
  EmbeddingResponse,
  Encoded,
  Json,
  JsonObject,
  TapFacts,
  Usage,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asList, asNumber, asObject } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings } from '../../warnings.ts'

const known: ReadonlySet<string> = new Set(['embedding', 'embeddings', 'usageMetadata'])

/** Wire → canonical: `embedding` of a single request, `embeddings` of a batch. */
export function decodeResponse(body: JsonObject): EmbeddingResponse {
  const single = body['embedding']
  const list = single === undefined ? asList(body['embeddings']) : [single]
  if (list === undefined) throw malformedAnswer('it has no embeddings')
  const response: Draft<EmbeddingResponse> = { vectors: { float: list.map(decodeVector) } }
  const { usage } = tapResponse(body)
  if (usage !== undefined) response.usage = usage
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) response.extensions = { 'gemini-embed': unknown }
  return response
}

function decodeVector(value: Json, position: number): readonly number[] {
  const values = asList(asObject(value)?.['values'])
  if (values === undefined || !values.every((number) => typeof number === 'number')) {
    throw malformedAnswer(`embeddings[${position}] has no values`)
  }
  return values as readonly number[]
}

type Encoder = (response: EmbeddingResponse, caller: CallerContext<EmbeddingRequest>) => Encoded

export const encodeBatch: Encoder = (response) =>
  encode(response, (vectors) => ({ embeddings: vectors.map((values) => ({ values })) }))

export const encodeSingle: Encoder = (response) =>
  encode(response, ([values = []]) => ({ embedding: { values } }))

function encode(
  response: EmbeddingResponse,
  print: (vectors: readonly (readonly number[])[]) => JsonObject,
): Encoded {
  const warnings = createWarnings()
  warnOfForeign(response.extensions, { own: 'gemini-embed', warnings })
  const tokens = response.usage?.input.total
  const body: JsonObject = {
    ...print(response.vectors.float ?? []),
    ...(tokens !== undefined && { usageMetadata: { promptTokenCount: tokens } }),
    ...response.extensions?.['gemini-embed'],
  }
  return { body, warnings: warnings.all() }
}

export function tapResponse(body: JsonObject): TapFacts {
  const raw = asObject(body['usageMetadata'])
  const total = asNumber(raw?.['promptTokenCount'])
  if (raw === undefined || total === undefined) return {}
  const usage: Usage = { input: { total }, output: {}, raw }
  return { usage }
}
