import type { ChatWire, JsonObject, Peek, Splice } from '#contract'
import { readFallbacks, readStream } from '../../peek-members.ts'
import { readMessages, readModel } from '../../request-members.ts'

/** Reads what routing needs; throws `invalid-request` naming the member. Messages are counted, not decoded. */
export function peek(body: JsonObject): Peek {
  const model = readModel(body)
  readMessages(body)
  // The vendor always sends usage at the end of a stream.
  return { model, stream: readStream(body), streamUsage: true, fallbacks: readFallbacks(body) }
}

/** Model and our own `fallbacks`: nothing else of the caller's bytes changes. */
export function nativeSplice({ peek: seen, model }: Parameters<ChatWire['nativeSplice']>[0]): Splice {
  return { set: seen.model === model ? {} : { model: JSON.stringify(model) }, remove: ['fallbacks'] }
}
