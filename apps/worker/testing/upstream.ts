import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** A request as the provider saw it. `closed` resolves when its socket is gone. */
export type SeenRequest = {
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  readonly closed: Promise<void>
}

export type Upstream = {
  readonly url: string
  readonly seen: readonly SeenRequest[]
  /** Resolves with the next request once its body has been read. */
  next(): Promise<SeenRequest>
}

/** A provider on a real socket that answers as `answer` says. Ends with the test. */
export async function startUpstream(
  context: TestContext,
  answer: (response: http.ServerResponse, request: SeenRequest) => void,
): Promise<Upstream> {
  const seen: SeenRequest[] = []
  let waiting = Promise.withResolvers<SeenRequest>()
  const server = http.createServer(async (incoming, response) => {
    const closed = new Promise<void>((resolve) => incoming.socket.once('close', () => resolve()))
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const request = {
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: Buffer.concat(chunks).toString(),
      closed,
    }
    seen.push(request)
    waiting.resolve(request)
    waiting = Promise.withResolvers()
    answer(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, seen, next: () => waiting.promise }
}

/** An address that nobody listens on. */
export async function unusedUrl(): Promise<string> {
  const server = http.createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

export function answerJson(
  response: http.ServerResponse,
  body: unknown,
  options: { readonly status?: number; readonly headers?: http.OutgoingHttpHeaders } = {},
): void {
  response.writeHead(options.status ?? 200, { 'content-type': 'application/json', ...options.headers })
  response.end(typeof body === 'string' ? body : JSON.stringify(body))
}

export function startStream(response: http.ServerResponse): http.ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_vendor' })
}
