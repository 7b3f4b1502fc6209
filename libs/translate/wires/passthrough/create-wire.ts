import {
  type AnyCallerWire,
  GatewayError,
  type JsonObject,
  type Operation,
  type Peek,
  type Splice,
  type WireId,
} from '#contract'
import { readFallbacks } from '../../peek-members.ts'
import { optionalText, readModel } from '../../request-members.ts'
import * as openaiErrors from '../openai-chat/errors.ts'
import { createEventTap } from './tap.ts'
import { readUsage } from './usage.ts'

export type PassthroughWireOptions = {
  readonly id: WireId
  readonly operation: Operation
  /** Whether a request must name a model. */
  readonly model: 'required' | 'optional'
  /** Whether a request asks for a stream; absent = none does. */
  asksForStream?(body: JsonObject): boolean
  /** The `type` of the event that ends a stream. */
  readonly lastEvent?: RegExp
  /** Absent = OpenAI's. */
  readonly errors?: Pick<AnyCallerWire, 'decodeError' | 'encodeError' | 'encodeStreamError'>
  readonly localize?: (text: string) => string
  /** What also crosses to providers of another wire; absent = nothing does. */
  readonly crossing?: Partial<Pick<AnyCallerWire, 'decodeRequest' | 'encodeResponse' | 'formReader'>>
}

/**
 * A vendor's API that goes to a provider that speaks it, as it is. The bytes of its bodies are the
 * vendor's affair: only model, stream and our own `fallbacks` are read, and errors have the vendor's one shape.
 */
export function createPassthroughWire(options: PassthroughWireOptions): AnyCallerWire {
  const { decodeError, encodeError, encodeStreamError } = options.errors ?? openaiErrors
  return {
    id: options.id,
    operation: options.operation,
    streamFormat: 'sse',
    peek: (body) => peek(body, options),
    nativeSplice: ({ peek: seen, model }): Splice => ({
      set: seen.model === model || model === '' ? {} : { model: JSON.stringify(model) },
      remove: ['fallbacks'],
    }),
    createStreamTap: () => createEventTap(options.lastEvent),
    tapResponse(body) {
      const usage = readUsage(body['usage'])
      return usage === undefined ? {} : { usage }
    },
    decodeError,
    encodeError,
    encodeStreamError,
    ...(options.localize !== undefined && { localize: options.localize }),
    decodeRequest: () => {
      throw noCrossing(options)
    },
    encodeResponse: () => {
      throw noCrossing(options)
    },
    createStreamEncoder: () => {
      throw noCrossing(options)
    },
    ...(options.crossing ?? { neverCrosses: true as const }),
  }
}

function peek(body: JsonObject, { model, asksForStream }: PassthroughWireOptions): Peek {
  return {
    model: model === 'required' ? readModel(body) : (optionalText(body, 'model') ?? ''),
    stream: asksForStream?.(body) ?? false,
    streamUsage: true,
    fallbacks: readFallbacks(body),
  }
}

function noCrossing({ operation }: PassthroughWireOptions): GatewayError {
  return new GatewayError({
    kind: 'not-implemented',
    code: 'not_implemented',
    message: `A request for ${operation} goes to a provider that speaks OpenAI's API for it; choose a model of such a provider.`,
    param: 'model',
  })
}
