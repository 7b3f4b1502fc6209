import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createProbeServer } from './probe-server.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

async function start(context: TestContext, unreadyReason: () => string | undefined) {
  const metrics = { scrape: async () => 'bifrost_up 1\n', contentType: 'text/plain; version=0.0.4' }
  const server = createProbeServer({ unreadyReason, metrics, logger: silent })
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 })
  context.after(() => server.close())
  return { port, url: `http://127.0.0.1:${port}` }
}

test('liveness depends on the process alone, readiness on what the worker can do now', async (context) => {
  let reason: string | undefined
  const { url } = await start(context, () => reason)
  assert.equal((await fetch(`${url}/ready`)).status, 200)
  reason = 'draining'
  const unready = await fetch(`${url}/ready?verbose`)
  assert.equal(unready.status, 503)
  assert.equal(unready.headers.get('retry-after'), '1')
  assert.deepEqual(await unready.json(), { status: 'unavailable', reason: 'draining' })
  assert.equal((await fetch(`${url}/health`)).status, 200)
})

test('metrics are served as Prometheus reads them', async (context) => {
  const { url } = await start(context, () => undefined)
  const response = await fetch(`${url}/metrics`)
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4')
  assert.equal(await response.text(), 'bifrost_up 1\n')
})

test('nothing else is served', async (context) => {
  const { url } = await start(context, () => undefined)
  assert.equal((await fetch(`${url}/v1/models`)).status, 404)
  assert.equal((await fetch(`${url}/health`, { method: 'POST' })).status, 405)
})

test('a port that is taken rejects', async (context) => {
  const { port } = await start(context, () => undefined)
  const second = createProbeServer({
    unreadyReason: () => undefined,
    metrics: { scrape: async () => '', contentType: 'text/plain' },
    logger: silent,
  })
  await assert.rejects(second.listen({ host: '127.0.0.1', port }), { code: 'EADDRINUSE' })
})
