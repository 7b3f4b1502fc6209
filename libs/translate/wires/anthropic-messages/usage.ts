import type { JsonObject, Usage } from '#contract'
import type { Draft } from '../../draft.ts'
import { asNumber, asObject } from '../../narrow.ts'
import type { AnthropicDeltaUsage, AnthropicUsage } from './types.ts'

/**
 * The vendor counts the uncached part alone in `input_tokens`: "Total input tokens in a request is the summation of
 * input_tokens, cache_creation_input_tokens, and cache_read_input_tokens" (@anthropic-ai/sdk 1.12.0, Message.usage).
 */
export function decodeUsage(raw: JsonObject): Usage {
  const uncached = asNumber(raw['input_tokens'])
  const cacheRead = asNumber(raw['cache_read_input_tokens'])
  const cacheWrite = asNumber(raw['cache_creation_input_tokens'])
  const total = asNumber(raw['output_tokens'])
  const reasoning = asNumber(asObject(raw['output_tokens_details'])?.['thinking_tokens'])
  const input: Draft<Usage['input']> = {}
  const output: Draft<Usage['output']> = {}
  if (uncached !== undefined) {
    input.total = uncached + (cacheRead ?? 0) + (cacheWrite ?? 0)
    input.uncached = uncached
  }
  if (cacheRead !== undefined) input.cacheRead = cacheRead
  if (cacheWrite !== undefined) input.cacheWrite = cacheWrite
  if (total !== undefined) output.total = total
  if (reasoning !== undefined) output.reasoning = reasoning
  return { input, output, raw }
}

/** In a stream the counters are cumulative and absent or `null` where they did not change: later ones win. */
export function mergeRawUsage(earlier: JsonObject | undefined, later: JsonObject): JsonObject {
  if (earlier === undefined) return later
  const known = Object.entries(later).filter(([, value]) => value !== null && value !== undefined)
  return { ...earlier, ...Object.fromEntries(known) }
}

/** What the vendor's `service_tier` may be in an answer; `default` elsewhere is `standard` here. */
function encodeTier(tier: string | undefined): AnthropicUsage['service_tier'] {
  switch (tier) {
    case 'default':
    case 'standard':
      return 'standard'
    case 'priority':
    case 'batch':
      return tier
    default:
      return null
  }
}

/** Usage of a whole message; clients read every member of it. */
export function encodeUsage(usage: Usage | undefined, tier?: string): AnthropicUsage {
  return {
    ...encodeDeltaUsage(usage),
    cache_creation: null,
    inference_geo: null,
    service_tier: encodeTier(tier),
    speed: null,
  }
}

/** `undefined` (nothing known yet) reads as zeros, as in the vendor's own `message_start`. */
export function encodeDeltaUsage(usage: Usage | undefined): AnthropicDeltaUsage {
  const cacheRead = usage?.input.cacheRead ?? 0
  const cacheWrite = usage?.input.cacheWrite ?? 0
  const reasoning = usage?.output.reasoning
  return {
    input_tokens: usage?.input.uncached ?? Math.max(0, (usage?.input.total ?? 0) - cacheRead - cacheWrite),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: usage?.output.total ?? 0,
    output_tokens_details: reasoning === undefined ? null : { thinking_tokens: reasoning },
    server_tool_use: null,
  }
}
