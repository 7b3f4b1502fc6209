import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  freePort,
  type RedisHarness,
  repositoryRoot,
  type SimulatedProviders,
  simulatedConfig,
  startGateway,
  startProcess,
  startRedis,
  startSimulatedProviders,
  until,
} from '#testing'

async function chat(url: string, path = '/openai/v1/chat/completions'): Promise<Response> {
  const model = path.includes('messages') ? 'claude-3-haiku-20240307' : 'gpt-4o-mini'
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 20, messages: [{ role: 'user', content: 'hello' }] }),
  })
}

/** 503 with Retry-After in the caller's shape; live, not ready. */
async function refuses(url: string): Promise<void> {
  const openai = await chat(url)
  assert.equal(openai.status, 503)
  assert.match(openai.headers.get('retry-after') ?? '', /^\d+$/)
  assert.equal(((await openai.json()) as { error: { code: string } }).error.code, 'store_unavailable')
  const anthropic = await chat(url, '/anthropic/v1/messages')
  assert.equal(anthropic.status, 503)
  assert.equal(((await anthropic.json()) as { type: string }).type, 'error')
  assert.equal((await fetch(`${url}/health`)).status, 200)
  assert.equal((await fetch(`${url}/ready`)).status, 503)
  assert.equal((await fetch(`${url}/metrics`)).status, 200)
}

test('Redis away at boot: both tiers start, the API refuses, and all works once it is there', async (context) => {
  const { redis, providers } = await surroundings(context)
  await redis.stop()
  const directory = await mkdtemp(join(tmpdir(), 'bifrost-away-'))
  const configPath = join(directory, 'config.json')
  await writeFile(configPath, JSON.stringify(simulatedConfig(providers.url)))
  const ports = [await freePort(), await freePort()]
  const [api, worker] = await Promise.all(
    (['api', 'worker'] as const).map((tier, index) =>
      startProcess({
        args: [
          join(repositoryRoot, 'apps', tier, 'main.ts'),
          ...['-config', configPath, '-host', '127.0.0.1'],
          ...[tier === 'api' ? '-port' : '-metrics-port', String(ports[index])],
        ],
        env: { REDIS_URL: redis.url },
        ready: `http://127.0.0.1:${ports[index]}/health`,
      }),
    ),
  )
  context.after(() => Promise.all([api?.close(), worker?.close()]))
  const url = `http://127.0.0.1:${ports[0]}`
  await refuses(url)
  await redis.start()
  await until(async () => (await chat(url)).status === 200, { what: 'an answer after Redis came' })
  assert.equal((await fetch(`${url}/ready`)).status, 200)
  assert.equal((await fetch(`http://127.0.0.1:${ports[1]}/ready`)).status, 200)
})

for (const mode of ['standalone-redis', 'split'] as const) {
  test(`Redis goes and comes back under ${mode}: refused meanwhile, answered again`, async (context) => {
    const { redis, providers } = await surroundings(context)
    const gateway = await startGateway({ mode, config: simulatedConfig(providers.url), redisUrl: redis.url })
    context.after(() => gateway.close())
    assert.equal((await chat(gateway.url)).status, 200)
    await redis.kill()
    await until(async () => (await fetch(`${gateway.url}/ready`)).status === 503)
    await refuses(gateway.url)
    await redis.start()
    await until(async () => (await chat(gateway.url)).status === 200, { what: 'an answer after the return' })
    await redis.freeze()
    const frozen = await chat(gateway.url)
    assert.equal(frozen.status, 503)
    for (const { url } of [...gateway.apis, ...gateway.workers]) {
      await until(async () => (await fetch(`${url}/ready`)).status === 503, { what: 'readiness to tell' })
    }
    await redis.thaw()
    await until(async () => (await chat(gateway.url)).status === 200, { what: 'an answer after the thaw' })
    for (const process of [...gateway.apis, ...gateway.workers]) assert.equal(process.running, true)
  })

  for (const away of ['stop', 'freeze'] as const) {
    test(`${mode} ends cleanly while Redis is away (${away})`, async (context) => {
      const { redis, providers } = await surroundings(context)
      const gateway = await startGateway({
        mode,
        config: simulatedConfig(providers.url),
        redisUrl: redis.url,
      })
      context.after(() => gateway.close())
      assert.equal((await chat(gateway.url)).status, 200)
      await redis[away]()
      for (const process of [...gateway.apis, ...gateway.workers]) {
        assert.deepEqual(await process.kill('SIGTERM'), { code: 0, signal: null })
        assert.ok(process.stdout.some((line) => line.includes('"stopped"')))
        assert.ok(![...process.stdout, ...process.stderr].some((line) => /uncaught|Warning/.test(line)))
      }
    })
  }
}

async function surroundings(context: {
  after(close: () => Promise<unknown>): void
}): Promise<{ readonly redis: RedisHarness; readonly providers: SimulatedProviders }> {
  const redis = await startRedis({ appendOnly: true })
  const providers = await startSimulatedProviders()
  context.after(() => Promise.all([redis.close(), providers.close()]))
  return { redis, providers }
}
