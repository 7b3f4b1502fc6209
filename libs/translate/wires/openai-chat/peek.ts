import type { ChatWire, JsonObject, Peek, Splice } from '#contract'
import type { Draft } from '../../draft.ts'
import { readFallbacks, readStream } from '../../peek-members.ts'
import { optionalBoolean, optionalObject, readMessages, readModel } from '../../request-members.ts'

/** Reads what routing needs; throws `invalid-request` naming the member. Messages are counted, not decoded. */
export function peek(body: JsonObject): Peek {
  const model = readModel(body)
  readMessages(body)
  return {
    model,
    stream: readStream(body),
    streamUsage: readStreamUsage(body),
    fallbacks: readFallbacks(body),
  }
}

/** `stream_options.include_usage`: whether the caller wants the usage chunk. */
export function readStreamUsage(body: JsonObject): boolean {
  const options = optionalObject(body, 'stream_options')
  return options !== undefined && optionalBoolean(options, 'include_usage', 'stream_options.') === true
}

/**
 * Model, usage chunk and our own `fallbacks`: nothing else of the caller's bytes changes. Providers that take no
 * `stream_options` send usage unasked.
 */
export function nativeSplice(options: Parameters<ChatWire['nativeSplice']>[0]): Splice {
  const { peek: seen, model, quirks, wantUsage } = options
  const splice: Draft<Splice> = {
    set: seen.model === model ? {} : { model: JSON.stringify(model) },
    remove: quirks.noStreamOptions === true ? ['fallbacks', 'stream_options'] : ['fallbacks'],
  }
  if (seen.stream && wantUsage && !seen.streamUsage && quirks.noStreamOptions !== true) {
    splice.merge = { stream_options: { include_usage: 'true' } }
  }
  return splice
}
