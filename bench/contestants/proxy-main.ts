import Fastify from 'fastify'
import { Agent } from 'undici'

/** The floor: fastify in, undici out, bytes passed on, nothing between. `proxy.ts UPSTREAM`. Prints its URL. */
const origin = process.argv[2] ?? ''
const agent = new Agent({ connections: null })
const app = Fastify({ logger: false, bodyLimit: 16 * 1024 * 1024, keepAliveTimeout: 60_000 })

app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
app.get('/ready', async () => 'ready')
app.post('*', async (request, reply) => {
  const { statusCode, headers, body } = await agent.request({
    origin,
    path: request.url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: request.body as Buffer,
  })
  reply.code(statusCode).header('content-type', headers['content-type'])
  const length = headers['content-length']
  if (length === undefined) return reply.send(body)
  return reply.send(Buffer.from(await body.arrayBuffer()))
})
console.log(await app.listen({ host: '127.0.0.1', port: Number(process.argv[3] ?? 0) }))
