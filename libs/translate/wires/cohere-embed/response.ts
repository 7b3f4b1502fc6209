import type {
  CallerContext,
  EmbeddingEncoding,
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

/** `texts` repeats what was sent. Source: cohere-ai 8.1.0, api/types/EmbedByTypeResponse.d.ts. */
const known: ReadonlySet<string> = new Set(['id', 'embeddings', 'texts', 'response_type', 'meta'])

const numeric = ['float', 'int8', 'uint8', 'binary', 'ubinary'] as const

/** Wire → canonical. */
export function decodeResponse(body: JsonObject): EmbeddingResponse {
  const byType = asObject(body['embeddings'])
  if (byType === undefined) throw malformedAnswer('it has no embeddings by type')
  const response: Draft<EmbeddingResponse> = { vectors: decodeVectors(byType) }
  const id = asText(body['id'])
  if (id !== undefined) response.id = id
  const { usage } = tapResponse(body)
  if (usage !== undefined) response.usage = usage
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) response.extensions = { 'cohere-embed': unknown }
  return response
}

function decodeVectors(byType: JsonObject): EmbeddingResponse['vectors'] {
  const vectors: Draft<EmbeddingResponse['vectors']> = {}
  for (const encoding of numeric) {
    const rows = asList(byType[encoding])
    if (rows !== undefined) vectors[encoding] = rows.map((row) => readRow(row, encoding))
  }
  const base64 = asList(byType['base64'])
  if (base64 !== undefined) vectors.float ??= base64.map((row) => decodeFloats(asText(row) ?? ''))
  if (Object.keys(vectors).length === 0) throw malformedAnswer('its embeddings are empty')
  return vectors
}

function readRow(row: Json, encoding: string): readonly number[] {
  const values = asList(row)
  if (values === undefined || !values.every((number) => typeof number === 'number')) {
    throw malformedAnswer(`embeddings.${encoding} holds what is no vector`)
  }
  return values as readonly number[]
}

/** Canonical → wire, in every encoding that the caller asked for and the provider gave. */
export function encodeResponse(
  response: EmbeddingResponse,
  caller: CallerContext<EmbeddingRequest>,
): Encoded {
  const warnings = createWarnings()
  const { request } = caller
  const embeddings: Record<string, Json> = {}
  for (const [index, encoding] of request.encodings.entries()) {
    const rows = printVectors(response, encoding)
    if (rows === undefined) warnings.unsupported(`embedding_types[${index}]`)
    else embeddings[encoding] = rows
  }
  warnOfForeign(response.extensions, { own: 'cohere-embed', warnings })
  const texts = request.inputs.flatMap((input) => (input.type === 'text' ? [input.text] : []))
  const body: JsonObject = {
    id: response.id ?? caller.requestId,
    embeddings,
    ...(texts.length === request.inputs.length && { texts }),
    meta: { api_version: { version: '2' }, billed_units: { input_tokens: response.usage?.input.total ?? 0 } },
    response_type: 'embeddings_by_type',
    ...response.extensions?.['cohere-embed'],
  }
  return { body, warnings: warnings.all() }
}

function printVectors({ vectors }: EmbeddingResponse, encoding: EmbeddingEncoding): Json | undefined {
  return encoding === 'base64' ? vectors.float?.map(encodeFloats) : vectors[encoding]
}

export function tapResponse(body: JsonObject): TapFacts {
  const meta = asObject(body['meta'])
  const units = asObject(meta?.['billed_units'])
  const total = asNumber(units?.['input_tokens'])
  if (units === undefined || total === undefined) return {}
  return { usage: { input: { total }, output: {}, raw: units } }
}
