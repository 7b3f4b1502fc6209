import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { simulatedConfig, startGateway } from './gateway.ts'

/** An entry point that keeps the contract's flags and tells how it was started. */
const entry = `
import { createServer } from 'node:http'
const flag = (name) => process.argv[process.argv.indexOf('-' + name) + 1]
const port = Number(process.argv.includes('-port') ? flag('port') : flag('metrics-port'))
const facts = { args: process.argv.slice(2), redis: process.env.REDIS_URL ?? null, cwd: process.cwd() }
createServer((request, response) => response.end(JSON.stringify(facts))).listen(port, flag('host'))
`

describe('a gateway of processes', () => {
  let directory: string
  let script: string
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bifrost-entry-'))
    script = join(directory, 'main.mjs')
    await writeFile(script, entry)
  })
  after(() => rm(directory, { recursive: true }))

  const facts = async (url: string) =>
    JSON.parse(await (await fetch(url)).text()) as { args: string[]; redis: string | null; cwd: string }

  it('runs standalone in memory with the contract flags, without Redis, on its own config', async () => {
    const gateway = await startGateway({
      mode: 'standalone-memory',
      config: simulatedConfig('http://127.0.0.1:1', { queue: { redis_url: 'x' } }),
      entries: { standalone: script },
      args: ['-log-level', 'debug'],
    })
    const seen = await facts(gateway.url)
    assert.deepEqual(seen.args, [
      ...['-config', gateway.configPath, '-host', '127.0.0.1', '-port', new URL(gateway.url).port],
      ...['-log-level', 'debug'],
    ])
    assert.equal(seen.redis, null)
    const config = JSON.parse(await readFile(gateway.configPath, 'utf8'))
    assert.equal(config.queue.redis_url, 'x')
    assert.match(config.queue.key_prefix, /^test-[0-9a-f-]{36}$/)
    assert.equal(config.providers.anthropic.network_config.base_url, 'http://127.0.0.1:1')
    await gateway.close()
    assert.equal(gateway.apis[0]?.running, false)
    assert.equal(existsSync(gateway.configPath), false)
  })

  it('runs the tiers apart, on one config and one Redis, and takes more of each', async () => {
    await using gateway = await startGateway({
      mode: 'split',
      config: simulatedConfig('http://127.0.0.1:1'),
      redisUrl: 'redis://127.0.0.1:2',
      apiCount: 2,
      workerCount: 2,
      entries: { api: script, worker: script },
    })
    assert.equal(gateway.apis.length, 2)
    const worker = gateway.workers[0]
    assert.ok(worker)
    const seen = await facts(worker.url)
    assert.equal(seen.redis, 'redis://127.0.0.1:2')
    assert.equal(seen.args.includes('-metrics-port'), true)
    assert.equal(seen.args.includes('-port'), false)
    await worker.kill()
    assert.equal(worker.running, false)
    const added = await gateway.startWorker()
    assert.equal((await facts(added.url)).args[1], seen.args[1])
    assert.equal(gateway.workers.length, 3)
  })

  it('refuses a Redis mode without a Redis, and reports an entry that fails', async () => {
    const config = simulatedConfig('http://127.0.0.1:1')
    await assert.rejects(startGateway({ mode: 'split', config }), /needs redisUrl/)
    const broken = join(directory, 'broken.mjs')
    await writeFile(broken, 'console.error("providers.openai: bad"); process.exit(1)')
    await assert.rejects(
      startGateway({ mode: 'standalone-memory', config, entries: { standalone: broken } }),
      /providers\.openai: bad/,
    )
  })
})
