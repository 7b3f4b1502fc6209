import type { Json, JsonObject, Usage } from '#contract'
import type { Draft } from '../../draft.ts'
import { asList, asNumber, asObject } from '../../narrow.ts'
import type { UsageMetadata } from './types.ts'

/**
 * The prompt's count holds the cached tokens, not those that tools brought in; the candidates' holds no thoughts:
 * "total_token_count … is the sum of prompt_token_count, candidates_token_count, tool_use_prompt_token_count, and
 * thoughts_token_count" (@google/genai 3.3.0, GenerateContentResponseUsageMetadata).
 */
export function decodeUsage(raw: JsonObject): Usage {
  const prompt = asNumber(raw['promptTokenCount'])
  const tools = asNumber(raw['toolUsePromptTokenCount'])
  const cacheRead = asNumber(raw['cachedContentTokenCount'])
  const reasoning = asNumber(raw['thoughtsTokenCount'])
  const candidates = asNumber(raw['candidatesTokenCount'])
  const input: Draft<Usage['input']> = {}
  const output: Draft<Usage['output']> = {}
  if (prompt !== undefined || tools !== undefined) {
    input.total = (prompt ?? 0) + (tools ?? 0)
    input.uncached = Math.max(0, input.total - (cacheRead ?? 0))
  }
  if (cacheRead !== undefined) input.cacheRead = cacheRead
  const audioIn = audioTokens(raw['promptTokensDetails'])
  if (audioIn !== undefined) input.audio = audioIn
  if (candidates !== undefined || reasoning !== undefined) {
    output.total = (candidates ?? 0) + (reasoning ?? 0)
  }
  if (reasoning !== undefined) output.reasoning = reasoning
  const audioOut = audioTokens(raw['candidatesTokensDetails'])
  if (audioOut !== undefined) output.audio = audioOut
  return { input, output, raw }
}

function audioTokens(details: Json | undefined): number | undefined {
  const audio = asList(details)?.find((each) => asObject(each)?.['modality'] === 'AUDIO')
  return asNumber(asObject(audio)?.['tokenCount'])
}

/** The vendor's own object where it is this vendor's, with the details that only it has. */
export function encodeUsage({ input, output, raw }: Usage): UsageMetadata | JsonObject {
  if (raw !== undefined && ('totalTokenCount' in raw || 'promptTokenCount' in raw)) return raw
  const prompt = input.total ?? (input.uncached ?? 0) + (input.cacheRead ?? 0) + (input.cacheWrite ?? 0)
  const total = output.total ?? 0
  const usage: Draft<UsageMetadata> = {
    promptTokenCount: prompt,
    candidatesTokenCount: Math.max(0, total - (output.reasoning ?? 0)),
    totalTokenCount: prompt + total,
  }
  if (input.cacheRead !== undefined) usage.cachedContentTokenCount = input.cacheRead
  if (output.reasoning !== undefined) usage.thoughtsTokenCount = output.reasoning
  return usage
}
