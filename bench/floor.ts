import { createServer } from 'node:http'
import { Agent } from 'undici'

/** The floor: node:http in, undici out, nothing between. Prints its URL. */
const target = process.argv[2] ?? ''
const agent = new Agent({ connections: null })

const server = createServer((incoming, outgoing) => {
  const pieces: Buffer[] = []
  incoming.on('data', (piece: Buffer) => pieces.push(piece))
  incoming.on('end', async () => {
    const body = Buffer.concat(pieces)
    const headers = { 'content-type': 'application/json' }
    const { statusCode, body: answer } = await agent.request({
      origin: target,
      path: incoming.url ?? '/',
      method: 'POST',
      headers,
      body,
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    outgoing.writeHead(statusCode, { ...headers, 'content-length': bytes.byteLength }).end(bytes)
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object') console.log(`http://127.0.0.1:${address.port}`)
})
