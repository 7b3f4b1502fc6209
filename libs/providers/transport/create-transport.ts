import type { Transport, TransportOptions } from '../types.ts'
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
      dispatcher.dispatch(
        {
          origin,
          path: pathname + search,
          method: 'POST',
          headers: { ...request.headers, 'accept-encoding': 'identity' },
          body: request.body,
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        exchange.handler,
      )
      return exchange.response
    },
    async close() {
      await dispatcher.destroy()
    },
  }
}
