import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import {
  type GatewayHarness,
  type GatewayMode,
  type GatewayProcess,
  sharedRedisUrl,
  simulatedConfig,
  startGateway,
  startSimulatedProviders,
} from '#testing'

const modes: readonly GatewayMode[] = ['standalone-memory', 'standalone-redis', 'split']

/** The config file with the limits of openai and whatever else is given. */
async function write({ configPath }: GatewayHarness, concurrency: unknown, more: object = {}): Promise<void> {
  const config = JSON.parse(await readFile(configPath, 'utf8'))
  config.providers.openai.concurrency_and_buffer_size = { concurrency, buffer_size: 20 }
  await writeFile(configPath, JSON.stringify({ ...config, ...more }))
}

function ask(url: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'held' }] }),
  })
}

/** The process that takes jobs. */
function workerOf({ mode, apis, workers }: GatewayHarness): GatewayProcess {
  const [worker] = mode === 'split' ? workers : apis
  assert.ok(worker)
  return worker
}

for (const mode of modes) {
  test(`${mode}: after SIGHUP the provider sees the new concurrency, and nothing else changes`, async () => {
    await using providers = await startSimulatedProviders()
    const config = simulatedConfig(providers.url)
    const limits = { concurrency_and_buffer_size: { concurrency: 1, buffer_size: 20 } }
    await using gateway = await startGateway({
      mode,
      config: {
        ...config,
        providers: { ...config.providers, openai: { ...Object(config.providers['openai']), ...limits } },
      },
      redisUrl: await sharedRedisUrl(),
    })
    const worker = workerOf(gateway)
    providers.script({ behaviour: { hold: true } })
    const answers = Array.from({ length: 4 }, () => ask(gateway.url))
    await providers.callsStarted(1)

    await write(gateway, 'three')
    worker.signal('SIGHUP')
    const refused = await worker.line(/nothing was changed/)
    assert.match(refused, /providers\.openai\.concurrency_and_buffer_size\.concurrency/)
    assert.equal(providers.stats().openai.maxRunning, 1)

    await write(gateway, 3, { routing: { max_upstream_calls: 4 } })
    worker.signal('SIGHUP')
    await providers.callsStarted(3)
    assert.match(await worker.line(/needs a restart/), /"path":"routing\.max_upstream_calls"/)
    assert.match(await worker.line(/configuration reloaded/), /"openai":\{"concurrency":3,"bufferSize":20\}/)
    assert.equal(providers.stats().openai.running, 3)

    providers.release()
    await providers.callsStarted(4)
    providers.release()
    assert.deepEqual(
      (await Promise.all(answers)).map(({ status }) => status),
      [200, 200, 200, 200],
    )
    assert.equal(providers.stats().openai.maxRunning, 3)
    assert.deepEqual(await worker.kill('SIGTERM'), { code: 0, signal: null })
  })
}

test('an API process says that it changes nothing, and a worker goes on with a file that cannot be read', async () => {
  await using gateway = await startGateway({
    mode: 'split',
    config: simulatedConfig('http://127.0.0.1:1'),
    redisUrl: await sharedRedisUrl(),
  })
  const [api] = gateway.apis
  api?.signal('SIGHUP')
  await api?.line(/an API process changes nothing live/)
  const worker = workerOf(gateway)
  await writeFile(gateway.configPath, '{')
  worker.signal('SIGHUP')
  await worker.line(/nothing was changed/)
  assert.equal((await fetch(`${gateway.url}/ready`)).status, 200)
  assert.equal((await fetch(`${worker.url}/ready`)).status, 200)
})
