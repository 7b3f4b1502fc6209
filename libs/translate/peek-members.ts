import type { JsonObject } from '#contract'
import { invalidRequest } from './invalid-request.ts'
import { asList } from './narrow.ts'
import { optionalBoolean } from './request-members.ts'

/** `stream`; absent and `null` mean false. */
export function readStream(body: JsonObject): boolean {
  return optionalBoolean(body, 'stream') ?? false
}

/** `fallbacks` as the gateway's own: an array of `provider/model` names. */
export function readFallbacks(body: JsonObject): readonly string[] {
  const value = body['fallbacks']
  if (value === undefined || value === null) return []
  const names = asList(value)?.filter(
    (name): name is string => typeof name === 'string' && name.trim() !== '',
  )
  if (names === undefined || names.length !== asList(value)?.length) {
    throw invalidRequest(
      'fallbacks',
      'fallbacks must be an array of model names, for example ["anthropic/claude-haiku-4-5"].',
      'invalid_type',
    )
  }
  return names
}
