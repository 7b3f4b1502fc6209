import type { JsonObject, Usage } from '#contract'
import type { Draft } from '../../draft.ts'
import { asNumber, asObject } from '../../narrow.ts'
import type { CohereUsage } from './types.ts'

/** `tokens` counts all that was read and written, `billed_units` what is paid for; cached tokens are a part of the input. */
export function decodeUsage(raw: JsonObject): Usage {
  const tokens = asObject(raw['tokens'])
  const billed = asObject(raw['billed_units'])
  const input: Draft<Usage['input']> = {}
  const output: Draft<Usage['output']> = {}
  const total = asNumber(tokens?.['input_tokens']) ?? asNumber(billed?.['input_tokens'])
  const cached = asNumber(raw['cached_tokens'])
  const written = asNumber(tokens?.['output_tokens']) ?? asNumber(billed?.['output_tokens'])
  if (total !== undefined) {
    input.total = total
    input.uncached = Math.max(0, total - (cached ?? 0))
  }
  if (cached !== undefined) input.cacheRead = cached
  if (written !== undefined) output.total = written
  return { input, output, raw }
}

export function encodeUsage(usage: Usage | undefined): CohereUsage | JsonObject {
  const { input = {}, output = {}, raw } = usage ?? {}
  // The vendor's own object says more (search units, classifications); no other vendor's has this member.
  if (raw !== undefined && asObject(raw['billed_units']) !== undefined) return raw
  const read = input.total ?? (input.uncached ?? 0) + (input.cacheRead ?? 0) + (input.cacheWrite ?? 0)
  const counted = { input_tokens: read, output_tokens: output.total ?? 0 }
  const encoded = { billed_units: counted, tokens: counted }
  return input.cacheRead === undefined ? encoded : { ...encoded, cached_tokens: input.cacheRead }
}
