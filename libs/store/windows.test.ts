import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { sharedRedisUrl, startRedis, until } from '#testing'
import { createMemoryStore, type Store } from './index.ts'
import { randomPrefix, redisStore, rooms } from './shared.suite.ts'

const windowMs = 60_000

for (const [name, connect] of rooms) {
  test(`${name}: counts are here at once and in every sum soon; scopes and names do not see each other`, async (t) => {
    const [a, b] = await connect(t)
    const single = a === b
    a.windows.add('openai', 'calls')
    a.windows.add('openai', 'calls', 4)
    a.windows.add('openai', 'done')
    b.windows.add('openai', 'calls', 10)
    b.windows.add('azure', 'calls')
    assert.ok((await a.windows.sum('openai', 'calls', windowMs)) >= (single ? 15 : 5))
    assert.ok((await b.windows.sum('openai', 'calls', windowMs)) >= (single ? 15 : 10))
    for (const { windows } of [a, b]) {
      await until(async () => (await windows.sum('openai', 'calls', windowMs)) === 15)
      await until(async () => (await windows.sum('openai', 'done', windowMs)) === 1)
    }
    assert.equal(await a.windows.sum('openai', 'none', windowMs), 0)
  })

  test(`${name}: own counts are in every sum, before, while and after they are sent`, async (t) => {
    const [a] = await connect(t)
    let added = 0
    for (let index = 0; index < 150; index++) {
      a.windows.add('openai', 'calls')
      added += 1
      assert.equal(await a.windows.sum('openai', 'calls', windowMs), added)
      if (index % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 30))
    }
  })

  test(`${name}: places are given out once, however many ask at the same time`, async (t) => {
    const [a, b] = await connect(t)
    let scope = 0
    const request = { name: 'retries', of: 'calls', windowMs }
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          calls: fc.nat(100),
          floor: fc.nat(12),
          share: fc.constantFrom(0, 0.2, 0.5),
          asks: fc.nat(60),
        }),
        async ({ calls, floor, share, asks }) => {
          scope += 1
          const wanted = { ...request, scope: `p${scope}`, share, floor }
          if (calls > 0) a.windows.add(wanted.scope, 'calls', calls)
          await until(async () => (await b.windows.sum(wanted.scope, 'calls', windowMs)) === calls, {
            intervalMs: 5,
          })
          const taken = await Promise.all(
            Array.from({ length: asks }, (_, index) => (index % 3 === 0 ? a : b).windows.take(wanted)),
          )
          const places = Math.floor(Math.max(floor, share * calls))
          assert.equal(taken.filter(Boolean).length, Math.min(asks, places))
          assert.equal(await a.windows.sum(wanted.scope, 'retries', windowMs), Math.min(asks, places))
        },
      ),
      { numRuns: name === 'memory' ? 100 : 15 },
    )
  })

  test(`${name}: calls that were just counted make room at once`, async (t) => {
    const [a] = await connect(t)
    const wanted = { scope: 'openai', name: 'retries', of: 'calls', share: 0.5, floor: 1, windowMs }
    assert.equal(await a.windows.take(wanted), true)
    assert.equal(await a.windows.take(wanted), false)
    a.windows.add('openai', 'calls', 4)
    assert.equal(await a.windows.take(wanted), true)
    assert.equal(await a.windows.take(wanted), false)
  })

  test(`${name}: a place is part of a share only of what the window surely holds`, async (t) => {
    const [a] = await connect(t)
    const wanted = { scope: 'openai', name: 'retries', of: 'calls', share: 1, floor: 1, windowMs: 1_000 }
    a.windows.add('openai', 'calls', 50)
    // Counted by whoever owns the window: by now it has been.
    await a.windows.sum('openai', 'calls', 1_000)
    const second = Math.floor(a.clock.nowMs() / 1_000)
    // The second of the calls is now the one in which the window begins: which of them are in it nobody knows.
    await until(() => a.clock.nowMs() > (second + 1) * 1_000 + 5)
    assert.equal(await a.windows.take(wanted), true)
    assert.equal(await a.windows.take(wanted), false)
  })
}

test('memory: a window slides, and what no window reaches is forgotten', async () => {
  let now = 1_000_000
  const { windows } = createMemoryStore({ nowMs: () => now })
  for (let second = 0; second < 600; second++) {
    now = 1_000_000 + second * 1_000
    windows.add('openai', 'calls')
  }
  // The second in which it begins counts whole.
  assert.equal(await windows.sum('openai', 'calls', 10_000), 11)
  now += 500
  assert.equal(await windows.sum('openai', 'calls', 10_000), 11)
  now += 5_000
  assert.equal(await windows.sum('openai', 'calls', 10_000), 6)
  assert.equal(await windows.sum('openai', 'calls', 3_600_000), 121)
})

async function countedOf(store: Store): Promise<number> {
  return store.windows.sum('openai', 'calls', windowMs)
}

test('redis: counts of an outage arrive after it, each once; sums and places reject meanwhile', async (t) => {
  await using redis = await startRedis({ appendOnly: true })
  const shared = { url: redis.url, keyPrefix: randomPrefix() }
  const [a, b] = [await redisStore(t, shared), await redisStore(t, shared)]
  a.windows.add('openai', 'calls', 3)
  await until(async () => (await countedOf(b)) === 3)
  await redis.stop()
  await until(() => !a.ready() && !b.ready())
  a.windows.add('openai', 'calls', 4)
  const isUnavailable = { kind: 'unavailable' }
  await assert.rejects(countedOf(a), isUnavailable)
  await assert.rejects(
    a.windows.take({ scope: 'openai', name: 'r', of: 'calls', share: 1, floor: 1, windowMs }),
    isUnavailable,
  )
  a.windows.add('openai', 'calls', 5)
  await redis.start()
  await until(async () => (await countedOf(b)) === 12)
  await until(async () => (await countedOf(a)) === 12)
})

test('redis: a batch whose answer was lost is sent again and counts once', async (t) => {
  await using redis = await startRedis()
  const shared = { url: redis.url, keyPrefix: randomPrefix() }
  const [a, b] = [await redisStore(t, shared), await redisStore(t, shared)]
  // Frozen, Redis has the batch in its socket and runs it when it thaws, long after the sender has given it up.
  await redis.freeze()
  a.windows.add('openai', 'calls', 7)
  await assert.rejects(a.windows.take({ scope: 'p', name: 'r', of: 'calls', share: 1, floor: 1, windowMs }))
  await assert.rejects(a.windows.take({ scope: 'p', name: 'r', of: 'calls', share: 1, floor: 1, windowMs }))
  await redis.thaw()
  await until(async () => (await countedOf(b)) >= 7)
  a.windows.add('openai', 'calls', 1)
  await until(async () => (await countedOf(b)) === 8)
  await until(async () => (await countedOf(a)) === 8)
})

test('redis: closing sends what is still here; every key ends; a second is one field', async (t) => {
  const url = await sharedRedisUrl()
  const keyPrefix = randomPrefix()
  const [a, b] = [await redisStore(t, { url, keyPrefix }), await redisStore(t, { url, keyPrefix })]
  a.windows.add('openai', 'calls', 2)
  await a.close()
  assert.equal(await countedOf(b), 2)
  await b.windows.take({ scope: 'openai', name: 'retries', of: 'calls', share: 1, floor: 1, windowMs })
  const raw = new Redis(url)
  t.after(() => raw.disconnect())
  for (const name of ['calls', 'retries']) {
    const ttl = await raw.pttl(`${keyPrefix}:{openai}:window:${name}`)
    assert.ok(ttl > 0 && ttl <= 120_000, `${name} ${ttl}`)
  }
  // Old seconds and senders go with a later batch.
  const old = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`${1_000 + index}`, '1']))
  await raw.hset(`${keyPrefix}:{openai}:window:calls`, { ...old, '#gone': '5 1000' })
  b.windows.add('openai', 'calls', 1)
  await until(async () => (await raw.hlen(`${keyPrefix}:{openai}:window:calls`)) < 10)
  assert.equal(await countedOf(b), 3)
})
