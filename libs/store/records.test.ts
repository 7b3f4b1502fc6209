import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { createLogger } from '#observability'
import { sharedRedisUrl, startRedis, until } from '#testing'
import { createMemoryStore, type Store } from './index.ts'
import { createRedisStore } from './redis/index.ts'
import { openStore, severalRedis } from './several-redis.suite.ts'
import { sharedStores } from './shared/stores.suite.ts'

const rooms: readonly (readonly [string, () => Promise<Store>])[] = [
  ['memory', async () => createMemoryStore()],
  ['shared by processes', async () => sharedStores()[0]],
  ['redis', async () => redisStore(await sharedRedisUrl())],
  ...severalRedis.map(([name, address]): (typeof rooms)[number] => [
    name,
    async () => openStore(await address(), `test-${randomBytes(6).toString('hex')}`),
  ]),
]

async function redisStore(url: string): Promise<Store> {
  const store = createRedisStore({
    url,
    logger: createLogger({ level: 'silent' }),
    keyPrefix: `test-${randomBytes(6).toString('hex')}`,
  })
  await until(() => store.ready())
  return store
}

for (const [name, connect] of rooms) {
  test(`${name}: a record is read until it is replaced or deleted`, async () => {
    const { records, close } = await connect()
    assert.equal(await records.get('a'), undefined)
    await records.set('a', 'one "quoted" \u{1f600} \u0000', 60_000)
    assert.equal(await records.get('a'), 'one "quoted" \u{1f600} \u0000')
    await records.set('a', '', 60_000)
    assert.equal(await records.get('a'), '')
    assert.equal(await records.delete('a'), true)
    assert.equal(await records.delete('a'), false)
    assert.equal(await records.get('a'), undefined)
    await close()
  })

  test(`${name}: a record is added once, until it is deleted or its time is over`, async () => {
    const { records, close } = await connect()
    const added = await Promise.all(['1', '2', '3'].map((value) => records.add('a', value, 60_000)))
    assert.deepEqual(added, [true, false, false])
    assert.equal(await records.get('a'), '1')
    await records.delete('a')
    assert.equal(await records.add('a', '4', 1), true)
    await until(async () => await records.add('a', '5', 60_000))
    assert.equal(await records.get('a'), '5')
    await close()
  })

  test(`${name}: many are read in the order asked for, those that are not there as undefined`, async () => {
    const { records, close } = await connect()
    await records.set('a', '1', 60_000)
    await records.set('b', '2', 60_000)
    assert.deepEqual(await records.getMany(['b', 'none', 'a', 'b']), ['2', undefined, '1', '2'])
    assert.deepEqual(await records.getMany([]), [])
    await close()
  })

  test(`${name}: a record ends with its time, a replaced one with its new time`, async () => {
    const { records, close } = await connect()
    await records.set('short', 'x', 1)
    await records.set('longer', 'x', 1)
    await records.set('longer', 'y', 60_000)
    await until(async () => (await records.get('short')) === undefined)
    assert.deepEqual(await records.getMany(['short', 'longer']), [undefined, 'y'])
    assert.equal(await records.delete('short'), false)
    await close()
  })
}

test('redis: two prefixes do not see each other', async () => {
  const url = await sharedRedisUrl()
  const [first, second] = [await redisStore(url), await redisStore(url)]
  await first.records.set('a', '1', 60_000)
  assert.equal(await second.records.get('a'), undefined)
  await Promise.all([first.close(), second.close()])
})

test('redis: away or frozen, every operation rejects as unavailable', async () => {
  await using redis = await startRedis()
  const store = await redisStore(redis.url)
  const { records } = store
  const operations = {
    set: () => records.set('a', '1', 60_000),
    add: () => records.add('a', '1', 60_000),
    get: () => records.get('a'),
    getMany: () => records.getMany(['a']),
    delete: () => records.delete('a'),
  }
  const isUnavailable = (error: unknown) => GatewayError.is(error) && error.code === 'store_unavailable'
  await redis.freeze()
  await Promise.all(
    Object.entries(operations).map(([name, run]) => assert.rejects(run(), isUnavailable, `${name}, frozen`)),
  )
  await redis.thaw()
  await redis.stop()
  await until(() => !store.ready())
  for (const [name, run] of Object.entries(operations)) await assert.rejects(run(), isUnavailable, name)
  await store.close()
})

test('redis: a full one is told apart', async () => {
  await using redis = await startRedis()
  const store = await redisStore(redis.url)
  await redis.command('CONFIG', 'SET', 'maxmemory', '1')
  await assert.rejects(store.records.set('a', 'x', 60_000), { code: 'store_full', kind: 'unavailable' })
  await assert.rejects(store.records.add('a', 'x', 60_000), { code: 'store_full', kind: 'unavailable' })
  await store.close()
})

test('memory: beyond its count the records that expire first go', async () => {
  const { records } = createMemoryStore({ nowMs: () => 0, limits: { count: 3, bytes: 1_000_000 } })
  await records.set('late', 'x', 300)
  await records.set('soon', 'x', 100)
  await records.set('middle', 'x', 200)
  await records.set('new', 'x', 400)
  const keys = ['late', 'soon', 'middle', 'new']
  assert.deepEqual(await records.getMany(keys), ['x', undefined, 'x', 'x'])
  // Replacing one takes no room from another.
  await records.set('late', 'y', 50)
  assert.deepEqual(await records.getMany(keys), ['y', undefined, 'x', 'x'])
  await records.set('newer', 'x', 500)
  assert.deepEqual(await records.getMany([...keys, 'newer']), [undefined, undefined, 'x', 'x', 'x'])
})

test('memory: beyond its bytes as well, and what can never fit is refused', async () => {
  const { records } = createMemoryStore({ nowMs: () => 0, limits: { count: 100, bytes: 1_000 } })
  await records.set('a', 'x'.repeat(200), 100)
  await records.set('b', 'x'.repeat(200), 200)
  await records.set('c', 'x'.repeat(200), 300)
  assert.deepEqual(
    (await records.getMany(['a', 'b', 'c'])).map((value) => value?.length),
    [undefined, 200, 200],
  )
  await assert.rejects(records.set('d', 'x'.repeat(600), 400), { code: 'store_full' })
  assert.equal((await records.get('b'))?.length, 200)
})

test('memory: what has expired makes room before anything that has not', async () => {
  let now = 0
  const { records } = createMemoryStore({ nowMs: () => now, limits: { count: 50, bytes: 1_000_000 } })
  for (let index = 0; index < 5_000; index++) {
    now = index
    await records.set(`key-${index % 100}`, String(index), 40)
  }
  const held = await records.getMany(Array.from({ length: 100 }, (_, index) => `key-${index}`))
  const values = held.flatMap((value) => (value === undefined ? [] : [Number(value)]))
  // Written at 4960 … 4999 with 40 each, read at 4999: all but the first of them are still in time.
  assert.deepEqual(
    values.sort((a, b) => a - b),
    Array.from({ length: 40 }, (_, index) => 4_960 + index),
  )
})
