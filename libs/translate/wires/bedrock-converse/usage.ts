import type { JsonObject, Usage } from '#contract'
import type { Draft } from '../../draft.ts'
import { asNumber } from '../../narrow.ts'
import type { BedrockUsage } from './types.ts'

/**
 * `inputTokens` counts the uncached part alone: what was read from the cache and written to it is counted beside it,
 * and `totalTokens` is the sum of all four ("Prompt caching for faster model inference",
 * https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html).
 */
export function decodeUsage(raw: JsonObject): Usage {
  const uncached = asNumber(raw['inputTokens'])
  const cacheRead = asNumber(raw['cacheReadInputTokens'])
  const cacheWrite = asNumber(raw['cacheWriteInputTokens'])
  const total = asNumber(raw['outputTokens'])
  const input: Draft<Usage['input']> = {}
  if (uncached !== undefined) {
    input.total = uncached + (cacheRead ?? 0) + (cacheWrite ?? 0)
    input.uncached = uncached
  }
  if (cacheRead !== undefined) input.cacheRead = cacheRead
  if (cacheWrite !== undefined) input.cacheWrite = cacheWrite
  return { input, output: total === undefined ? {} : { total }, raw }
}

/** The counters are required here; nothing known reads as zeros. */
export function encodeUsage(usage: Usage | undefined): BedrockUsage {
  const { cacheRead, cacheWrite } = usage?.input ?? {}
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0)
  const inputTokens = usage?.input.uncached ?? Math.max(0, (usage?.input.total ?? 0) - cached)
  const outputTokens = usage?.output.total ?? 0
  const encoded: Draft<BedrockUsage> = {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + cached + outputTokens,
  }
  if (cacheRead !== undefined) encoded.cacheReadInputTokens = cacheRead
  if (cacheWrite !== undefined) encoded.cacheWriteInputTokens = cacheWrite
  return encoded
}
