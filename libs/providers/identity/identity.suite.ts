import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { createTokenClient, type TokenClient, type TokenRequest } from './token-client.ts'

/** What a token endpoint was asked, with the host that the vendor's library meant. */
export type Asked = { readonly url: string; readonly method: string; readonly body: string }

export type FakeTokenEndpoint = { readonly client: TokenClient; readonly asked: readonly Asked[] }

/**
 * A token endpoint on a real socket, whatever host a library asks: the real client goes to it instead, with the real path.
 */
export async function startTokenEndpoint(
  context: TestContext,
  answer: (asked: Asked) => { readonly status?: number; readonly body: string },
): Promise<FakeTokenEndpoint> {
  const asked: Asked[] = []
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const seen = {
      url: `https://${String(request.headers['x-meant-host'])}${request.url}`,
      method: request.method ?? '',
      body: Buffer.concat(chunks).toString(),
    }
    asked.push(seen)
    const { status = 200, body } = answer(seen)
    const type = body.startsWith('<') ? 'text/xml' : 'application/json'
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const real = createTokenClient()
  context.after(async () => {
    await real.close()
    server.closeAllConnections()
    server.close()
  })
  const client: TokenClient = {
    send(request: TokenRequest) {
      const { host, pathname, search } = new URL(request.url)
      const headers = { ...request.headers, 'x-meant-host': host }
      return real.send({ ...request, url: `http://127.0.0.1:${port}${pathname}${search}`, headers })
    },
    close: async () => {},
  }
  return { client, asked }
}
