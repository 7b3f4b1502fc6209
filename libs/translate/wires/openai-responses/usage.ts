import type { JsonObject, Usage } from '#contract'
import type { Draft } from '../../draft.ts'
import { asNumber, asObject } from '../../narrow.ts'
import type { ResponsesUsage } from './types.ts'

/** The totals count everything: cached and written tokens are a part of `input_tokens`. */
export function decodeUsage(raw: JsonObject): Usage {
  const inputDetails = asObject(raw['input_tokens_details'])
  const input: Draft<Usage['input']> = {}
  const output: Draft<Usage['output']> = {}
  set(input, 'total', raw['input_tokens'])
  set(input, 'cacheRead', inputDetails?.['cached_tokens'])
  set(input, 'cacheWrite', inputDetails?.['cache_write_tokens'])
  if (input.total !== undefined) {
    input.uncached = Math.max(0, input.total - (input.cacheRead ?? 0) - (input.cacheWrite ?? 0))
  }
  set(output, 'total', raw['output_tokens'])
  set(output, 'reasoning', asObject(raw['output_tokens_details'])?.['reasoning_tokens'])
  return { input, output, raw }
}

/** Every member is required (openai 7.57.0, ResponseUsage): what is not known is nought. */
export function encodeUsage(usage: Usage | undefined): ResponsesUsage {
  const { input = {}, output = {} } = usage ?? {}
  const read = input.total ?? (input.uncached ?? 0) + (input.cacheRead ?? 0) + (input.cacheWrite ?? 0)
  const written = output.total ?? 0
  return {
    input_tokens: read,
    input_tokens_details: {
      cached_tokens: input.cacheRead ?? 0,
      cache_write_tokens: input.cacheWrite ?? 0,
    },
    output_tokens: written,
    output_tokens_details: { reasoning_tokens: output.reasoning ?? 0 },
    total_tokens: read + written,
  }
}

function set<T extends object, K extends keyof T>(object: T, member: K, value: JsonObject[string]): void {
  const number = asNumber(value)
  if (number !== undefined) object[member] = number as T[K]
}
