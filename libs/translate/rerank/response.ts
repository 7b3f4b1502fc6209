import type {
  Json,
  JsonObject,
  RerankDocument,
  RerankRequest,
  RerankResponse,
  RerankResult,
  TapFacts,
  Usage,
} from '#contract'
import type { Draft } from '../draft.ts'
import { asList, asNumber, asObject, asText } from '../narrow.ts'
import { malformedAnswer } from '../upstream-error.ts'
import { readDocument } from './request.ts'

/** What the answers of rerankers have in common. */
export function readAnswer(body: JsonObject, request: RerankRequest): Draft<RerankResponse> {
  const results = asList(body['results'])
  if (results === undefined) throw malformedAnswer('it has no results')
  const { model, usage } = tapAnswer(body)
  const response: Draft<RerankResponse> = {
    results: results.map((value, at) => readResult(value, at, request.documents.length)),
  }
  const id = asText(body['id'])
  if (id !== undefined) response.id = id
  if (model !== undefined) response.model = model
  if (usage !== undefined) response.usage = usage
  return response
}

function readResult(value: Json, at: number, documents: number): RerankResult {
  const result = asObject(value)
  const index = asNumber(result?.['index'])
  const relevanceScore = asNumber(result?.['relevance_score'])
  if (index === undefined || !Number.isInteger(index) || index < 0 || index >= documents) {
    throw malformedAnswer(`results[${at}].index names no document`)
  }
  if (relevanceScore === undefined) throw malformedAnswer(`results[${at}] has no relevance_score`)
  const document = readDocument(result?.['document'])
  return document === undefined ? { index, relevanceScore } : { index, relevanceScore, document }
}

/** The caller's own document, where it wants them back or the provider sends them unasked: that may be a print of it. */
export function documentOf(result: RerankResult, request: RerankRequest): RerankDocument | undefined {
  const { returnDocuments = result.document !== undefined } = request
  return returnDocuments ? request.documents[result.index] : undefined
}

export function tapAnswer(body: JsonObject): TapFacts {
  const facts: Draft<TapFacts> = {}
  const usage = readUsage(body)
  if (usage !== undefined) facts.usage = usage
  const model = asText(body['model'])
  if (model !== undefined) facts.model = model
  return facts
}

/** Cohere bills search units and tells them in `meta`, most others tell tokens in `usage`. */
function readUsage(body: JsonObject): Usage | undefined {
  const meta = asObject(body['meta'])
  const usage = asObject(body['usage'])
  const units = asObject(meta?.['billed_units'])
  const tokens = asObject(meta?.['tokens'])
  const input: Draft<Usage['input']> = {}
  const output: Draft<Usage['output']> = {}
  const total = firstNumber(
    ...[usage?.['prompt_tokens'], usage?.['total_tokens'], tokens?.['input_tokens']],
    ...[units?.['input_tokens'], units?.['total_tokens']],
  )
  if (total !== undefined) input.total = total
  const cached = asNumber(meta?.['cached_tokens'])
  if (cached !== undefined) input.cacheRead = cached
  const written = firstNumber(usage?.['completion_tokens'], tokens?.['output_tokens'])
  if (written !== undefined) output.total = written
  const searchUnits = firstNumber(units?.['search_units'], usage?.['search_units'])
  if (searchUnits === undefined && total === undefined) return undefined
  const raw = usage ?? meta ?? {}
  return { input, output, ...(searchUnits !== undefined && { searchUnits }), raw }
}

function firstNumber(...values: readonly (Json | undefined)[]): number | undefined {
  return asNumber(values.find((value) => asNumber(value) !== undefined))
}

/** `meta` by Cohere's rules, of what is known. */
export function printMeta(usage: Usage | undefined): JsonObject {
  const { searchUnits, input, output } = usage ?? { input: {}, output: {} }
  return {
    ...(searchUnits !== undefined && { billed_units: { search_units: searchUnits } }),
    ...(input.total !== undefined && {
      tokens: {
        input_tokens: input.total,
        ...(output.total !== undefined && { output_tokens: output.total }),
      },
    }),
    ...(input.cacheRead !== undefined && { cached_tokens: input.cacheRead }),
  }
}
