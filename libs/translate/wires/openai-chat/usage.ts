import type { JsonObject, Usage } from '#contract'
import type { Draft } from '../../draft.ts'
import { asNumber, asObject } from '../../narrow.ts'
import type { OpenAiUsage } from './types.ts'

/** The vendor counts everything in the totals: cached and written tokens are a part of `prompt_tokens`. */
export function decodeUsage(raw: JsonObject): Usage {
  const prompt = asObject(raw['prompt_tokens_details'])
  const completion = asObject(raw['completion_tokens_details'])
  const input: Draft<Usage['input']> = {}
  const output: Draft<Usage['output']> = {}
  set(input, 'total', asNumber(raw['prompt_tokens']))
  set(input, 'cacheRead', asNumber(prompt?.['cached_tokens']))
  set(input, 'cacheWrite', asNumber(prompt?.['cache_write_tokens']))
  set(input, 'audio', asNumber(prompt?.['audio_tokens']))
  if (input.total !== undefined) {
    input.uncached = Math.max(0, input.total - (input.cacheRead ?? 0) - (input.cacheWrite ?? 0))
  }
  set(output, 'total', asNumber(raw['completion_tokens']))
  set(output, 'reasoning', asNumber(completion?.['reasoning_tokens']))
  set(output, 'audio', asNumber(completion?.['audio_tokens']))
  return { input, output, raw }
}

export function encodeUsage({ input, output }: Usage): OpenAiUsage {
  const prompt = input.total ?? (input.uncached ?? 0) + (input.cacheRead ?? 0) + (input.cacheWrite ?? 0)
  const completion = output.total ?? 0
  const usage: Draft<OpenAiUsage> = {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  }
  const promptDetails = details({
    cached_tokens: input.cacheRead,
    cache_write_tokens: input.cacheWrite,
    audio_tokens: input.audio,
  })
  if (promptDetails !== undefined) usage.prompt_tokens_details = promptDetails
  const completionDetails = details({ reasoning_tokens: output.reasoning, audio_tokens: output.audio })
  if (completionDetails !== undefined) usage.completion_tokens_details = completionDetails
  return usage
}

function set<T extends object, K extends keyof T>(object: T, member: K, value: T[K] | undefined): void {
  if (value !== undefined) object[member] = value
}

/** The members that are known; `undefined` when none is. */
function details(members: Readonly<Record<string, number | undefined>>): JsonObject | undefined {
  const known = Object.entries(members).filter(([, value]) => value !== undefined)
  return known.length === 0 ? undefined : (Object.fromEntries(known) as JsonObject)
}
