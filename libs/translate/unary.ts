import type { AnyCallerWire, JsonObject, Peek, RequestAddress, Splice } from '#contract'
import { readFallbacks } from './peek-members.ts'
import { readModel } from './request-members.ts'

/** For APIs whose answers are never streamed: the model is all that routing needs, from the URL or the body. */
export function peekUnary(body: JsonObject, address?: RequestAddress): Peek {
  return {
    model: address?.model ?? readModel(body),
    stream: false,
    streamUsage: false,
    fallbacks: readFallbacks(body),
  }
}

/** The model in the body, and our own `fallbacks`: nothing else of the caller's bytes changes. */
export function spliceModel({ peek, model }: Parameters<AnyCallerWire['nativeSplice']>[0]): Splice {
  return { set: peek.model === model ? {} : { model: JSON.stringify(model) }, remove: ['fallbacks'] }
}

/** For APIs that name the model in the URL and, in other words, inside the body, where a splice does not reach. */
export function modelIsElsewhere({ peek, model }: { readonly peek: Peek; readonly model: string }): boolean {
  return peek.model !== model
}

/** For APIs that name the model in the URL. */
export function spliceNothing(): Splice {
  return { set: {}, remove: ['fallbacks'] }
}
