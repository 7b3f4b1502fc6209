import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { machineProbes, type RedisSource, redisImage } from './find-redis.ts'
import { ensureRedis, type RedisHarness, redisCommand, sharedRedisUrl, startRedis } from './index.ts'

type Runnable = Extract<RedisSource, { kind: 'process' | 'docker' }>

const own = await ensureRedis()
const sources: Runnable[] = [own]
// The other launcher is checked wherever this machine can run it.
if (own.kind === 'process' && (await machineProbes.dockerRuns(redisImage))) {
  sources.push({ kind: 'docker', image: redisImage })
}

for (const source of sources) {
  describe(`a Redis of one's own, run as ${source.kind}`, () => {
    let redis: RedisHarness
    before(async () => {
      redis = await startRedis({ source, appendOnly: true })
    })
    after(() => redis.close())

    it('answers under its URL with the settings that the product asks for', async () => {
      assert.equal(redis.url, `redis://127.0.0.1:${redis.port}`)
      assert.equal(await redis.command('PING'), 'PONG')
      assert.equal(await redis.command('CONFIG', 'GET', 'maxmemory-policy'), 'maxmemory-policy\nnoeviction')
      assert.equal(await redis.command('CONFIG', 'GET', 'save'), 'save\n')
    })

    it('comes back on the same port with its append-only data', async () => {
      await redis.command('SET', 'kept', 'yes')
      await redis.stop()
      await assert.rejects(redis.command('PING'))
      await redis.start()
      assert.equal(await redis.command('GET', 'kept'), 'yes')
    })

    it('dies at once and comes back', async () => {
      await redis.kill()
      await assert.rejects(redis.command('PING'))
      await redis.start()
      assert.equal(await redis.command('PING'), 'PONG')
    })

    it('freezes with its sockets open and thaws', async () => {
      await redis.freeze()
      await assert.rejects(
        redisCommand(redis.port, ['PING'], { timeoutMs: 100 }),
        /no answer to PING in 100 ms/,
      )
      await redis.thaw()
      assert.equal(await redis.command('PING'), 'PONG')
    })

    it('stops and closes even while it is frozen', async () => {
      await redis.freeze()
      await redis.stop()
      await redis.start()
      assert.equal(await redis.command('PING'), 'PONG')
    })

    it('reports a refused command', async () => {
      await assert.rejects(redis.command('NONSENSE'), /Redis refused NONSENSE: ERR unknown command/)
    })
  })
}

describe('starting a Redis', () => {
  it('fails with its last words when it cannot run', async () => {
    await assert.rejects(
      startRedis({ source: own, args: ['--no-such-setting', '1'], port: 1 }),
      /Redis ended instead of answering on port 1/,
    )
  })

  it('shares one between the tests of a process', async () => {
    const url = await sharedRedisUrl()
    assert.equal(await sharedRedisUrl(), url)
    assert.equal(await redisCommand(Number(new URL(url).port), ['PING']), 'PONG')
  })
})
