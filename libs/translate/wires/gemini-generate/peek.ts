import type { ChatWire, JsonObject, Peek, RequestAddress, Splice } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { readFallbacks } from '../../peek-members.ts'
import { readModel } from '../../request-members.ts'

/** Reads what routing needs. Model and stream stand in the URL; `contents` is checked so far that it is there. */
export function peek(body: JsonObject, address?: RequestAddress): Peek {
  const model = modelOf(body, address)
  if (body['contents'] === undefined || body['contents'] === null) throw missingContents()
  const seen: Draft<Peek> = {
    model,
    stream: address?.stream ?? false,
    // usageMetadata is part of every stream.
    streamUsage: true,
    fallbacks: readFallbacks(body),
  }
  if (address?.streamFormat !== undefined) seen.streamFormat = address.streamFormat
  return seen
}

/** The URL's; a body without one (a line of a batch) may name it itself. */
export function modelOf(body: JsonObject, address: RequestAddress | undefined): string {
  return address?.model !== undefined ? readModel({ model: address.model }) : readModel(body)
}

export function missingContents() {
  return invalidRequest(
    'contents',
    'contents is missing; it must be an array of turns.',
    'missing_required_parameter',
  )
}

/** The model goes into the URL of the provider, so only our own `fallbacks` leave the caller's bytes. */
export function nativeSplice(options: Parameters<ChatWire['nativeSplice']>[0]): Splice {
  return { set: {}, remove: options.peek.fallbacks.length > 0 ? ['fallbacks'] : [] }
}
