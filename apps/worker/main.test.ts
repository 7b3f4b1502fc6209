import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  sharedRedisUrl,
  simulatedConfig,
  startGateway,
  startProcess,
  startSimulatedProviders,
} from '#testing'

const script = join(import.meta.dirname, 'main.ts')

async function configFile(context: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'bifrost-worker-'))
  context.after(() => rm(directory, { recursive: true }))
  const path = join(directory, 'config.json')
  await writeFile(path, JSON.stringify(simulatedConfig('http://127.0.0.1:1')))
  return path
}

test('without a Redis it ends with exit code 1 and says what to set', async (context) => {
  await using worker = await startProcess({ args: [script, '-config', await configFile(context)] })
  assert.deepEqual(await worker.exited, { code: 1, signal: null })
  assert.match(worker.stderr.join('\n'), /REDIS_URL/)
})

test('a metrics port that is taken ends it with exit code 1', async (context) => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  const { port } = server.address() as AddressInfo
  await using worker = await startProcess({
    args: [script, '-config', await configFile(context), '-host', '127.0.0.1', '-metrics-port', String(port)],
    env: { REDIS_URL: 'redis://127.0.0.1:1' },
  })
  assert.deepEqual(await worker.exited, { code: 1, signal: null })
  assert.match(worker.stderr.join('\n'), /already in use.*-metrics-port/)
})

test('on SIGTERM it is not ready any more, ends what it has in hand, and exits 0', async () => {
  await using providers = await startSimulatedProviders()
  await using gateway = await startGateway({
    mode: 'split',
    config: simulatedConfig(providers.url),
    redisUrl: await sharedRedisUrl(),
  })
  const [worker] = gateway.workers
  assert.ok(worker)
  assert.equal((await fetch(`${worker.url}/health`)).status, 200)
  providers.script({ match: { nonce: 'held' }, behaviour: { hold: true } })
  const started = providers.callStarted({ nonce: 'held' })
  const inHand = fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'held' }] }),
  })
  await started
  const ended = worker.kill('SIGTERM')
  await worker.line(/"msg":"stopping"/)
  const unready = await fetch(`${worker.url}/ready`)
  assert.equal(unready.status, 503)
  assert.deepEqual(await unready.json(), { status: 'unavailable', reason: 'draining' })
  const metrics = await (await fetch(`${worker.url}/metrics`)).text()
  assert.match(metrics, /bifrost_upstream_requests_total/)
  providers.release()
  assert.equal((await inHand).status, 200)
  assert.deepEqual(await ended, { code: 0, signal: null })
  assert.match(worker.stdout.at(-1) ?? '', /"msg":"stopped"/)
})
