import type {
  CallerContext,
  EmbeddingRequest,
  EmbeddingResponse,
  Encoded,
  Json,
  JsonObject,
  TapFacts,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { decodeFloats, encodeFloats } from '../../vectors.ts'
import { createWarnings } from '../../warnings.ts'
import { decodeUsage } from '../openai-chat/usage.ts'

const known: ReadonlySet<string> = new Set(['object', 'data', 'model', 'usage'])

/** Wire → canonical; the vectors in the order of their `index`. */
export function decodeResponse(body: JsonObject): EmbeddingResponse {
  const data = asList(body['data'])
  if (data === undefined) throw malformedAnswer('it has no data')
  const rows = data.map((value, position) => {
    const row = asObject(value)
    return { index: asNumber(row?.['index']) ?? position, values: decodeVector(row?.['embedding'], position) }
  })
  const response: Draft<EmbeddingResponse> = {
    vectors: { float: rows.toSorted((a, b) => a.index - b.index).map(({ values }) => values) },
  }
  const model = asText(body['model'])
  if (model !== undefined) response.model = model
  const usage = asObject(body['usage'])
  if (usage !== undefined) response.usage = decodeUsage(usage)
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) response.extensions = { 'openai-embeddings': unknown }
  return response
}

function decodeVector(value: Json | undefined, position: number): readonly number[] {
  if (typeof value === 'string') return decodeFloats(value)
  const numbers = asList(value)
  if (numbers === undefined || !numbers.every((number) => typeof number === 'number')) {
    throw malformedAnswer(`data[${position}] has no embedding`)
  }
  return numbers as readonly number[]
}

/** Canonical → wire, in the encoding that the caller asked for. */
export function encodeResponse(
  response: EmbeddingResponse,
  caller: CallerContext<EmbeddingRequest>,
): Encoded {
  const warnings = createWarnings()
  const asBase64 = caller.request.encodings[0] === 'base64'
  const total = response.usage?.input.total ?? 0
  warnOfForeign(response.extensions, { own: 'openai-embeddings', warnings })
  const body: JsonObject = {
    object: 'list',
    data: (response.vectors.float ?? []).map((values, index) => ({
      object: 'embedding',
      index,
      embedding: asBase64 ? encodeFloats(values) : values,
    })),
    model: response.model ?? caller.model,
    usage: { prompt_tokens: total, total_tokens: total },
    ...response.extensions?.['openai-embeddings'],
  }
  return { body, warnings: warnings.all() }
}

export function tapResponse(body: JsonObject): TapFacts {
  const facts: Draft<TapFacts> = {}
  const usage = asObject(body['usage'])
  if (usage !== undefined) facts.usage = decodeUsage(usage)
  const model = asText(body['model'])
  if (model !== undefined) facts.model = model
  return facts
}
