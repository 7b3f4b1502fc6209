import { Readable } from 'node:stream'
import type { Transport, TransportOptions, UpstreamRequest } from '../types.ts'
import { createDispatcher } from './dispatcher.ts'
import { createExchange } from './exchange.ts'

/** Opens nothing until the first `send`. `close` ends requests in flight with `unavailable` (`draining`). */
export function createTransport(options: TransportOptions): Transport {
  const dispatcher = createDispatcher(options)
  return {
    async send(request) {
      request.signal.throwIfAborted()
      const { protocol, origin, pathname, search } = new URL(request.url)
      const exchange = createExchange({ signal: request.signal, secure: protocol === 'https:' })
      try {
        dispatcher.dispatch(
          {
            origin,
            path: pathname + search,
            method: request.method ?? 'POST',
            headers: { ...request.headers, 'accept-encoding': 'identity' },
            body: bodyOf(request),
            headersTimeout: 0,
            bodyTimeout: 0,
          },
          exchange.handler,
        )
      } catch (error) {
        // undici reports most refusals to the handler, and throws some. Without this, the answer's promise would be
        // left behind, and reject with nobody listening once the signal is aborted.
        exchange.fail(error instanceof Error ? error : new Error('the request was refused', { cause: error }))
      }
      return exchange.response
    },
    async close() {
      await dispatcher.destroy()
    },
  }
}

/** Bytes go out with their length; what is iterated goes out in pieces, no further ahead than one of them. */
function bodyOf({ body }: UpstreamRequest): Uint8Array | Readable | null {
  if (body === undefined || body instanceof Uint8Array) return body ?? null
  return Readable.from(body, { objectMode: false, highWaterMark: 1 })
}
