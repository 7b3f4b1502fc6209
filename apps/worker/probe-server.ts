import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger, Metrics } from '#observability'

export type ProbeServerOptions = {
  /** Why the worker cannot take jobs now; `undefined` when it can. */
  unreadyReason(): string | undefined
  readonly metrics: Pick<Metrics, 'scrape' | 'contentType'>
  readonly logger: Logger
}

/** A worker's `/health`, `/ready` and `/metrics`. */
export type ProbeServer = {
  /** Rejects with the system's error (`EADDRINUSE`, `EACCES`) when the address cannot be taken. Port 0 = any. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly port: number }>
  close(): Promise<void>
}

export function createProbeServer(options: ProbeServerOptions): ProbeServer {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.logger.error({ error }, 'a probe could not be answered')
      response.destroy()
    })
  })
  return {
    async listen({ host, port }) {
      server.listen(port, host)
      await once(server, 'listening')
      return { port: (server.address() as AddressInfo).port }
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  options: ProbeServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?', 1)[0]
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    sendJson(response, 405, { status: 'error', reason: 'method_not_allowed' })
  } else if (path === '/health') {
    sendJson(response, 200, { status: 'ok' })
  } else if (path === '/ready') {
    const reason = options.unreadyReason()
    if (reason === undefined) sendJson(response, 200, { status: 'ok' })
    else sendJson(response.setHeader('retry-after', '1'), 503, { status: 'unavailable', reason })
  } else if (path === '/metrics') {
    const text = await options.metrics.scrape()
    response.writeHead(200, { 'content-type': options.metrics.contentType }).end(text)
  } else {
    sendJson(response, 404, { status: 'error', reason: 'not_found' })
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
