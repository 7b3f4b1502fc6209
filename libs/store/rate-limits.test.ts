import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { createLogger } from '#observability'
import { sharedRedisUrl, startRedis, until } from '#testing'
import { createMemoryStore, type RateReservation, type RateTaking, type Store } from './index.ts'
import { createRedisStore } from './redis/index.ts'
import { openStore, severalRedis } from './several-redis.suite.ts'
import { sharedStores } from './shared/stores.suite.ts'

/** A room, and replicas of a gateway that share it. */
type Room = { readonly stores: readonly [Store, Store]; close(): Promise<void> }

const rooms: readonly (readonly [string, () => Promise<Room>])[] = [
  [
    'memory',
    async () => {
      const store = createMemoryStore()
      return { stores: [store, store], close: () => store.close() }
    },
  ],
  ['shared by processes', async () => ({ stores: sharedStores(), close: async () => {} })],
  [
    'redis',
    async () => {
      const keyPrefix = randomPrefix()
      const url = await sharedRedisUrl()
      return roomOf(await Promise.all([redisStore(url, keyPrefix), redisStore(url, keyPrefix)]))
    },
  ],
  ...severalRedis.map(([name, address]): (typeof rooms)[number] => [
    name,
    async () => {
      const [url, keyPrefix] = [await address(), randomPrefix()]
      return roomOf([await openStore(url, keyPrefix), await openStore(url, keyPrefix)])
    },
  ]),
]

function roomOf(stores: readonly [Store, Store]): Room {
  return {
    stores,
    close: async () => {
      await Promise.all(stores.map((store) => store.close()))
    },
  }
}

function randomPrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`
}

async function redisStore(url: string, keyPrefix = 'test') {
  const store = createRedisStore({ url, logger: createLogger({ level: 'silent' }), keyPrefix })
  await until(() => store.ready())
  return store
}

function take(name: string, points: number, limitPerMinute: number): RateTaking {
  return { name, points, limitPerMinute }
}

function remaining({ states }: RateReservation): Record<string, number> {
  return Object.fromEntries(states.map((state) => [state.name, state.remaining]))
}

/** Without taking anything. */
async function left(store: Store, name: string, limit: number): Promise<number | undefined> {
  return (await store.rateLimits.reserve([[take(name, 0, limit)]])).states[0]?.remaining
}

for (const [name, open] of rooms) {
  test(`${name}: a hundred at once over two replicas get exactly the sixty of the limit`, async () => {
    const { stores, close } = await open()
    const asked = Array.from({ length: 100 }, (_, index) =>
      stores[index % 2 === 0 ? 0 : 1].rateLimits.reserve([[take('a', 1, 60)]]),
    )
    const answers = await Promise.all(asked)
    assert.equal(answers.filter((answer) => answer.allowed).length, 60)
    for (const { states } of answers) {
      assert.equal(states.length, 1)
      assert.ok(states.every(({ resetMs }) => resetMs > 0 && resetMs <= 60_000))
    }
    const refused = answers.find((answer) => !answer.allowed)
    assert.deepEqual(refused && remaining(refused), { a: 0 })
    await close()
  })

  test(`${name}: one that does not fit is refused, and leaves what is there to one that does`, async () => {
    const { stores, close } = await open()
    const { rateLimits } = stores[0]
    assert.equal((await rateLimits.reserve([[take('a', 70, 100)]])).allowed, true)
    const refused = await rateLimits.reserve([[take('a', 40, 100)]])
    assert.equal(refused.allowed, false)
    assert.deepEqual(remaining(refused), { a: 30 })
    assert.equal((await stores[1].rateLimits.reserve([[take('a', 30, 100)]])).allowed, true)
    await close()
  })

  test(`${name}: all or nothing, and later stages are not asked after a refusal`, async () => {
    const { stores, close } = await open()
    const [store] = stores
    const { rateLimits } = store
    await rateLimits.reserve([[take('shared', 10, 10)]])
    const narrowFirst = [[take('own', 1, 5), take('own tokens', 50, 90)], [take('shared', 1, 10)]]
    const refused = await rateLimits.reserve(narrowFirst)
    assert.equal(refused.allowed, false)
    assert.deepEqual(
      refused.states.map((state) => [state.name, state.refused, state.remaining]),
      [
        ['own', false, 5],
        ['own tokens', false, 90],
        ['shared', true, 0],
      ],
    )
    assert.equal(await left(store, 'own', 5), 5)
    assert.equal(await left(store, 'own tokens', 90), 90)
    const early = await rateLimits.reserve([
      [take('own', 1, 5), take('own tokens', 99, 90)],
      [take('other', 1, 3)],
    ])
    assert.deepEqual(remaining(early), { own: 5, 'own tokens': 90 })
    assert.equal(await left(store, 'own', 5), 5)
    assert.equal(await left(store, 'other', 3), 3)
    await close()
  })

  test(`${name}: what was taken is corrected in both ways, beyond the limit too`, async () => {
    const { stores, close } = await open()
    const [store, other] = stores
    const [taken] = (await store.rateLimits.reserve([[take('a', 60, 100)]])).states
    assert.ok(taken)
    await store.rateLimits.settle(taken, -50)
    assert.equal(await left(other, 'a', 100), 90)
    await store.rateLimits.settle(taken, 0)
    assert.equal(await left(other, 'a', 100), 90)
    await store.rateLimits.settle(taken, 150)
    const refused = await other.rateLimits.reserve([[take('a', 1, 100)]])
    assert.equal(refused.allowed, false)
    assert.deepEqual(remaining(refused), { a: 0 })
    // More than there was cannot be given back.
    await store.rateLimits.settle(taken, -1_000)
    assert.equal(await left(other, 'a', 100), 100)
    await close()
  })

  test(`${name}: points counted afterwards begin a window of their own`, async () => {
    const { stores, close } = await open()
    await stores[0].rateLimits.settle({ name: 'late', untilMs: 0 }, 40)
    assert.equal(await left(stores[1], 'late', 100), 60)
    await close()
  })

  test(`${name}: what comes back after its window gives the next one nothing`, async () => {
    const { stores, close } = await open()
    const [store] = stores
    const [taken] = (await store.rateLimits.reserve([[take('a', 60, 100)]])).states
    assert.ok(taken)
    await store.rateLimits.settle({ ...taken, untilMs: 1 }, -60)
    assert.equal(await left(store, 'a', 100), 40)
    await close()
  })
}

test('memory: a window ends after its minute, and what is over is forgotten', async () => {
  let now = 1_000
  const { rateLimits } = createMemoryStore({ nowMs: () => now })
  const [taken] = (await rateLimits.reserve([[take('a', 3, 3)]])).states
  assert.equal(taken?.resetMs, 60_000)
  now = 60_999
  const refused = await rateLimits.reserve([[take('a', 1, 3)]])
  assert.deepEqual([refused.allowed, refused.states[0]?.resetMs], [false, 1])
  now = 61_000
  assert.deepEqual(remaining(await rateLimits.reserve([[take('a', 1, 3)]])), { a: 2 })
  assert.ok(taken)
  await rateLimits.settle(taken, -3)
  assert.deepEqual(remaining(await rateLimits.reserve([[take('a', 1, 3)]])), { a: 1 })
})

test('redis: every key ends with its window, also one that was only corrected', async () => {
  await using redis = await startRedis()
  const store = await redisStore(redis.url)
  await store.rateLimits.reserve([[take('a', 1, 3), take('b', 9, 3)]])
  await store.rateLimits.settle({ name: 'c', untilMs: 0 }, 5)
  await store.rateLimits.settle({ name: 'd', untilMs: Number.MAX_SAFE_INTEGER }, -5)
  const connection = store.connections.producer('')
  const keys = await connection.keys('*')
  assert.deepEqual(keys.sort(), ['test:rate:a', 'test:rate:c'])
  for (const key of keys) {
    const ttlMs = await connection.pttl(key)
    assert.ok(ttlMs > 0 && ttlMs <= 60_000, key)
  }
  // As after its minute.
  await connection.pexpire('test:rate:c', 1)
  await until(async () => (await left(store, 'c', 5)) === 5)
  await store.close()
})

test('redis: a script that the server has forgotten is sent anew', async () => {
  await using redis = await startRedis()
  const store = await redisStore(redis.url)
  await store.rateLimits.reserve([[take('a', 1, 3)]])
  await redis.command('SCRIPT', 'FLUSH')
  assert.deepEqual(remaining(await store.rateLimits.reserve([[take('a', 1, 3)]])), { a: 1 })
  await store.close()
})

test('redis: away or frozen, nothing is counted here instead, and what it takes when it thaws is given back', async () => {
  await using redis = await startRedis()
  const store = await redisStore(redis.url)
  await store.rateLimits.reserve([[take('a', 1, 3)]])
  const isUnavailable = (error: unknown) => GatewayError.is(error) && error.code === 'store_unavailable'
  const rejects = async () => {
    await Promise.all([
      assert.rejects(store.rateLimits.reserve([[take('a', 1, 3)], [take('b', 1, 3)]]), isUnavailable),
      assert.rejects(store.rateLimits.settle({ name: 'c', untilMs: 0 }, 1), isUnavailable),
    ])
  }
  await redis.freeze()
  await rejects()
  await redis.thaw()
  const leftNow = () => Promise.all([left(store, 'a', 3), left(store, 'b', 3)])
  await until(async () => (await left(store, 'c', 3)) === 2, { what: 'the command that was sent before' })
  await until(async () => (await leftNow()).join() === '2,3', { what: 'all given back' })
  await redis.stop()
  await until(() => !store.ready())
  await rejects()
  await store.close()
})

test('redis: a full one is told apart', async () => {
  await using redis = await startRedis()
  const store = await redisStore(redis.url)
  await redis.command('CONFIG', 'SET', 'maxmemory', '1')
  await assert.rejects(store.rateLimits.reserve([[take('a', 1, 3)]]), {
    code: 'store_full',
    kind: 'unavailable',
  })
  await store.close()
})
