import type { ChatWire, JsonObject, Peek, Splice } from '#contract'
import { asList, asObject } from '../../narrow.ts'
import { readFallbacks, readStream } from '../../peek-members.ts'
import { readMessages, readModel } from '../../request-members.ts'

/**
 * Reads what routing needs; throws `invalid-request` naming the member. `max_tokens` is the vendor's to check on the
 * native lane.
 */
export function peek(body: JsonObject): Peek {
  const model = readModel(body)
  readMessages(body)
  return {
    model,
    stream: readStream(body),
    streamUsage: true,
    fallbacks: hasVendorFallbacks(body) ? [] : readFallbacks(body),
  }
}

/**
 * The vendor has a `fallbacks` of its own (beta: a list of objects with a `model`, or a word; @anthropic-ai/sdk 1.12.0,
 * BetaFallbackParam). Ours is a list of names; theirs passes untouched.
 */
export function hasVendorFallbacks(body: JsonObject): boolean {
  const value = body['fallbacks']
  if (typeof value === 'string') return true
  const list = asList(value)
  return list !== undefined && list.length > 0 && list.every((entry) => asObject(entry) !== undefined)
}

/** Model and our own `fallbacks`: nothing else of the caller's bytes changes. */
export function nativeSplice(options: Parameters<ChatWire['nativeSplice']>[0]): Splice {
  const { peek: seen, model } = options
  return {
    set: seen.model === model ? {} : { model: JSON.stringify(model) },
    remove: seen.fallbacks.length > 0 ? ['fallbacks'] : [],
  }
}
