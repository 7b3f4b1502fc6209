import type {
  CallerWire,
  ChatWire,
  CountTokensRequest,
  CountTokensResponse,
  JsonObject,
  ProviderWire,
  RequestAddress,
  WireId,
} from '#contract'
import { neverStreamed } from '../../never-streamed.ts'
import { peekUnary } from '../../unary.ts'

export type CountTokensWire = CallerWire<CountTokensRequest, CountTokensResponse> &
  ProviderWire<CountTokensRequest, CountTokensResponse>

/**
 * The API that counts a request of `chat`: the same request, less what only an answer needs. `unwrap` and `wrap` are
 * where the request lies inside another object.
 */
export function createCountTokensWire(options: {
  readonly id: WireId
  readonly chat: ChatWire
  readonly nativeSplice: ChatWire['nativeSplice']
  unwrap?(body: JsonObject): JsonObject
  wrap(request: JsonObject, model: string): JsonObject
  decodeResponse(body: JsonObject): CountTokensResponse
  encodeResponse(response: CountTokensResponse): JsonObject
}): CountTokensWire {
  const { chat, unwrap = (body: JsonObject) => body } = options
  return {
    ...neverStreamed,
    id: options.id,
    operation: 'count-tokens',
    peek: (body: JsonObject, address?: RequestAddress) => peekUnary(body, address),
    nativeSplice: options.nativeSplice,
    decodeRequest: (body, address) => chat.decodeRequest(unwrap(body), { ...address, stream: false }),
    encodeRequest(request, target) {
      const { body, warnings } = chat.encodeRequest(request, target)
      return { body: options.wrap(body, target.model), warnings }
    },
    decodeResponse: (body) => options.decodeResponse(body),
    encodeResponse: (response) => ({ body: options.encodeResponse(response), warnings: [] }),
    tapResponse: () => ({}),
    decodeError: chat.decodeError,
    encodeError: chat.encodeError,
  }
}

/** The members of a request that count, in its own order. */
export function keepMembers(request: JsonObject, countable: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(request).filter(([name]) => countable.has(name)))
}
