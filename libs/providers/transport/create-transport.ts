import { Readable } from 'node:stream'
import type { Transport, TransportOptions, UpstreamRequest } from '../types.ts'
import { createDispatcher } from './dispatcher.ts'
import { createExchange } from './exchange.ts'

/** Opens nothing until the first `send`. `close` ends requests in flight with `unavailable` (`draining`). */
export function createTransport(options: TransportOptions): Transport {
  const dispatcher = createDispatcher(options)
  const split = createUrlSplitter()
  return {
    send(request) {
      if (request.signal.aborted) return Promise.reject(request.signal.reason)
      const { origin, path, secure } = split(request.url)
      const exchange = createExchange({ signal: request.signal, secure })
      try {
        dispatcher.dispatch(
          {
            origin,
            path,
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

type UrlParts = { readonly origin: string; readonly path: string; readonly secure: boolean }

/** Most requests of a provider go to one of few addresses; so many are kept, and forgotten all at once. */
const mostKnownUrls = 256

/** Parsing an address costs more than all else that is done with it. */
function createUrlSplitter(): (url: string) => UrlParts {
  const known = new Map<string, UrlParts>()
  return (url) => {
    const found = known.get(url)
    if (found !== undefined) return found
    const { protocol, origin, pathname, search } = new URL(url)
    const parts = { origin, path: pathname + search, secure: protocol === 'https:' }
    if (known.size >= mostKnownUrls) known.clear()
    known.set(url, parts)
    return parts
  }
}

/** Bytes go out with their length; what is iterated goes out in pieces, no further ahead than one of them. */
function bodyOf({ body }: UpstreamRequest): Uint8Array | Readable | null {
  if (body === undefined || body instanceof Uint8Array) return body ?? null
  return Readable.from(body, { objectMode: false, highWaterMark: 1 })
}
