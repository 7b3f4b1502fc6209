import type { ChatWire, JsonObject, Peek, RequestAddress, Splice } from '#contract'
import { invalidRequest } from '../../invalid-request.ts'
import { readFallbacks } from '../../peek-members.ts'
import { optionalList } from '../../request-members.ts'

/**
 * Model and stream stand in the URL: `/model/{modelId}/converse` or `…/converse-stream`. A prompt of the vendor's prompt
 * management is asked for without messages.
 */
export function peek(body: JsonObject, address: RequestAddress = {}): Peek {
  optionalList(body, 'messages')
  return {
    model: readModelId(address),
    stream: address.stream === true,
    streamUsage: true,
    fallbacks: readFallbacks(body),
  }
}

export function readModelId({ model = '' }: RequestAddress): string {
  if (model.trim() === '') {
    throw invalidRequest(
      'modelId',
      'modelId is missing in the path; name a model, for example /model/anthropic.claude-sonnet-4-5-20250929-v1:0/converse.',
      'missing_required_parameter',
    )
  }
  return model
}

/** Our own `fallbacks` alone: the model's name goes into the address, which is not made of the caller's bytes. */
export function nativeSplice(options: Parameters<ChatWire['nativeSplice']>[0]): Splice {
  return { set: {}, remove: options.peek.fallbacks.length > 0 ? ['fallbacks'] : [] }
}
