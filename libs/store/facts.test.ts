import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import type { Json } from '#contract'
import { createLogger } from '#observability'
import { sharedRedisUrl, startRedis, until } from '#testing'
import { createMemoryStore, type FactChange, type Facts, type Store } from './index.ts'
import { createRedisStore } from './redis/index.ts'
import { randomPrefix, redisStore, rooms } from './shared.suite.ts'

const valuesOf = (facts: Facts, scope: string) =>
  Object.fromEntries([...facts.all(scope)].map(([name, { value }]) => [name, value]))

for (const [name, connect] of rooms) {
  test(`${name}: a fact is here at once and elsewhere soon, until it is replaced, deleted or ends`, async (t) => {
    const [a, b] = await connect(t)
    await Promise.all([a.facts.follow(['openai', 'azure']), b.facts.follow(['openai'])])
    const written = a.facts.set('openai', 'cooldown:k', { reason: '429', strikes: 1 }, 60_000)
    assert.deepEqual(a.facts.get('openai', 'cooldown:k')?.value, { reason: '429', strikes: 1 })
    await written
    const fact = await until(() => b.facts.get('openai', 'cooldown:k'))
    const here = a.facts.get('openai', 'cooldown:k')
    assert.deepEqual(fact.value, here?.value)
    assert.ok(fact.untilMs > b.clock.nowMs())
    // The same time, where it was written by the clock of another Redis too.
    assert.ok(Math.abs(fact.untilMs - (here?.untilMs ?? 0)) < 1_000)
    assert.equal(a.facts.get('azure', 'cooldown:k'), undefined)

    await b.facts.set('openai', 'cooldown:k', 2, 60_000)
    await b.facts.set('openai', 'other', [null, 'x'], 60_000)
    await until(() => a.facts.get('openai', 'other'))
    assert.deepEqual(valuesOf(a.facts, 'openai'), { 'cooldown:k': 2, other: [null, 'x'] })
    await a.facts.delete('openai', 'cooldown:k')
    assert.equal(a.facts.get('openai', 'cooldown:k'), undefined)
    await until(() => b.facts.get('openai', 'cooldown:k') === undefined)

    await a.facts.set('openai', 'short', true, 1)
    await until(() => a.facts.get('openai', 'short') === undefined)
    await until(() => b.facts.get('openai', 'short') === undefined)
    assert.deepEqual(valuesOf(b.facts, 'openai'), { other: [null, 'x'] })
  })

  test(`${name}: only followed scopes are read, from what is there when that begins`, async (t) => {
    const [a, b] = await connect(t)
    await a.facts.set('openai', 'x', 1, 60_000)
    assert.equal(a.facts.get('openai', 'x'), undefined)
    assert.equal(b.facts.all('openai').size, 0)
    await b.facts.follow(['openai'])
    assert.deepEqual(valuesOf(b.facts, 'openai'), { x: 1 })
  })

  test(`${name}: watchers hear each change once, whoever made it, until they stop`, async (t) => {
    const [a, b] = await connect(t)
    await Promise.all([a.facts.follow(['openai']), b.facts.follow(['openai'])])
    const heard: (readonly [string, Json | undefined])[] = []
    const stop = b.facts.watch(({ name: fact, fact: now }: FactChange) => heard.push([fact, now?.value]))
    await a.facts.set('openai', 'x', 1, 60_000)
    await until(() => heard.length >= 1)
    await b.facts.set('openai', 'x', 2, 60_000)
    await a.facts.delete('openai', 'x')
    await until(() => heard.length >= 3)
    stop()
    await a.facts.set('openai', 'x', 3, 60_000)
    await until(() => b.facts.get('openai', 'x')?.value === 3)
    assert.deepEqual(heard, [
      ['x', 1],
      ['x', 2],
      ['x', undefined],
    ])
  })

  test(`${name}: whatever two processes write at the same time, both end with the same facts`, async (t) => {
    const [a, b] = await connect(t)
    await Promise.all([a.facts.follow(['openai']), b.facts.follow(['openai'])])
    let marks = 0
    const step = fc.record({ by: fc.boolean(), name: fc.constantFrom('x', 'y'), value: fc.option(fc.nat()) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        await Promise.all(
          steps.map(({ by, name: fact, value }) => {
            const { facts } = by ? a : b
            return value === null ? facts.delete('openai', fact) : facts.set('openai', fact, value, 60_000)
          }),
        )
        // The subscriptions may still be on their way, and what was read after them: the end counts.
        await until(() => isDeepStrictEqual(valuesOf(a.facts, 'openai'), valuesOf(b.facts, 'openai')), {
          intervalMs: 1,
        })
        marks += 1
        await Promise.all([
          a.facts.set('openai', 'of a', marks, 60_000),
          b.facts.set('openai', 'of b', marks, 60_000),
        ])
        await until(
          () =>
            b.facts.get('openai', 'of a')?.value === marks && a.facts.get('openai', 'of b')?.value === marks,
          { intervalMs: 1 },
        )
        // Nothing older that was still under way has come back.
        assert.deepEqual(valuesOf(a.facts, 'openai'), valuesOf(b.facts, 'openai'))
      }),
      { numRuns: 30 },
    )
  })
}

test('a copy forgets what has ended, and answers by its own clock', async () => {
  let now = 1_000
  const { facts } = createMemoryStore({ nowMs: () => now })
  await facts.follow(['openai'])
  for (let index = 0; index < 1_000; index++) {
    now += 1
    await facts.set('openai', `name-${index}`, index, 10)
  }
  assert.equal(facts.all('openai').size, 10)
  assert.deepEqual(facts.get('openai', 'name-999'), { value: 999, untilMs: now + 10 })
  now += 10
  assert.equal(facts.get('openai', 'name-999'), undefined)
})

test('redis: after a lost subscription the copy is read anew, and watchers hear what they missed', async (t) => {
  await using redis = await startRedis()
  const shared = { url: redis.url, keyPrefix: randomPrefix() }
  const [a, b] = [await redisStore(t, shared), await redisStore(t, shared)]
  await Promise.all([a.facts.follow(['openai']), b.facts.follow(['openai'])])
  await a.facts.set('openai', 'goes', 1, 60_000)
  await a.facts.set('openai', 'changes', 1, 60_000)
  await until(() => b.facts.all('openai').size === 2)
  const heard: string[] = []
  b.facts.watch((change) => heard.push(change.name))
  const subscriber = b.connections.subscriber('')
  subscriber.disconnect(true)
  await a.facts.delete('openai', 'goes')
  await a.facts.set('openai', 'changes', 2, 60_000)
  await a.facts.set('openai', 'comes', 1, 60_000)
  await until(
    () => b.facts.get('openai', 'comes') !== undefined && b.facts.get('openai', 'goes') === undefined,
  )
  assert.deepEqual(valuesOf(b.facts, 'openai'), { changes: 2, comes: 1 })
  assert.deepEqual(heard.sort(), ['changes', 'comes', 'goes'])
  // The subscription is there again.
  await a.facts.set('openai', 'later', 1, 60_000)
  await until(() => b.facts.get('openai', 'later'))
})

test('redis: away, the copy answers; changes are kept here, rejected, and there when it is back', async (t) => {
  await using redis = await startRedis()
  const shared = { url: redis.url, keyPrefix: randomPrefix() }
  const [a, b] = [await redisStore(t, shared), await redisStore(t, shared)]
  await Promise.all([a.facts.follow(['openai']), b.facts.follow(['openai'])])
  await a.facts.set('openai', 'old', 1, 60_000)
  await redis.stop()
  await until(() => !a.ready() && !b.ready())
  const isUnavailable = { kind: 'unavailable', code: 'store_unavailable' }
  await assert.rejects(a.facts.set('openai', 'new', 1, 60_000), isUnavailable)
  await assert.rejects(a.facts.set('openai', 'new', 2, 60_000), isUnavailable)
  await assert.rejects(b.facts.delete('openai', 'old'), isUnavailable)
  assert.deepEqual(valuesOf(a.facts, 'openai'), { old: 1, new: 2 })
  assert.deepEqual(valuesOf(b.facts, 'openai'), {})
  // A process that starts now has nothing, and does not wait for it.
  const late = await lateStore(t, shared)
  assert.equal(late.facts.all('openai').size, 0)
  await redis.start()
  await until(() => b.facts.get('openai', 'new')?.value === 2 && a.facts.get('openai', 'old') === undefined)
  await until(() => late.facts.get('openai', 'new')?.value === 2)
})

/** Does not wait for its Redis. */
async function lateStore(
  t: TestContext,
  shared: { readonly url: string; readonly keyPrefix: string },
): Promise<Store> {
  const store = createRedisStore({ ...shared, logger: createLogger({ level: 'silent' }) })
  t.after(() => store.close())
  await store.facts.follow(['openai'])
  return store
}

test('redis: a scope is one hash that ends with its last fact; fields that ended go with the next write', async (t) => {
  const url = await sharedRedisUrl()
  const keyPrefix = randomPrefix()
  const store = await redisStore(t, { url, keyPrefix })
  const raw = new Redis(url)
  t.after(() => raw.disconnect())
  const key = `${keyPrefix}:{openai}:facts`
  await store.facts.set('openai', 'short', 1, 1)
  await store.facts.set('openai', 'long', { a: [1] }, 90_000)
  await store.facts.set('openai', 'middle', 2, 60_000)
  await until(async () => {
    await store.facts.set('openai', 'again', 1, 50_000)
    return (await raw.hexists(key, 'short')) === 0
  })
  const long = JSON.parse((await raw.hget(key, 'long')) ?? '')
  assert.deepEqual(long.value, { a: [1] })
  const expiry = await raw.call('PEXPIRETIME', key).catch(() => undefined)
  if (expiry !== undefined) assert.equal(expiry, long.untilMs)
  const ttl = await raw.pttl(key)
  assert.ok(ttl > 60_000 && ttl <= 90_100, String(ttl))
  await store.facts.delete('openai', 'long')
  assert.ok((await raw.pttl(key)) <= 60_000)
  for (const name of ['middle', 'again']) await store.facts.delete('openai', name)
  assert.equal(await raw.exists(key), 0)
})

test('redis: what is no notice of ours is passed over', async (t) => {
  const url = await sharedRedisUrl()
  const keyPrefix = randomPrefix()
  const store = await redisStore(t, { url, keyPrefix })
  const raw = new Redis(url)
  t.after(() => raw.disconnect())
  await raw.hset(
    `${keyPrefix}:{openai}:facts`,
    'bad',
    'x',
    'worse',
    '[]',
    'none',
    '{"untilMs":"x","value":1}',
  )
  await store.facts.follow(['openai'])
  await until(async () => (await raw.pubsub('NUMSUB', `${keyPrefix}:facts`))[1] === 1)
  for (const text of ['', 'null', '{}', '{"from":"x","number":1,"scope":"openai"}']) {
    await raw.publish(`${keyPrefix}:facts`, text)
  }
  await store.facts.set('openai', 'x', 1, 60_000)
  assert.deepEqual(valuesOf(store.facts, 'openai'), { x: 1 })
  assert.deepEqual(await raw.hkeys(`${keyPrefix}:{openai}:facts`), ['x'])
})
