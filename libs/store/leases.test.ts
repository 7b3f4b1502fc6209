import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createLogger } from '#observability'
import { sharedRedisUrl } from '#testing'
import { createMemoryStore, type Store } from './index.ts'
import { createRedisStore } from './redis/index.ts'
import { openStore, severalRedis } from './several-redis.suite.ts'
import { sharedStores } from './shared/stores.suite.ts'

const rooms: readonly (readonly [string, () => Promise<Store>])[] = [
  ['memory', async () => createMemoryStore()],
  ['shared by processes', async () => sharedStores()[0]],
  [
    'redis',
    async () => {
      const store = createRedisStore({
        url: await sharedRedisUrl(),
        logger: createLogger({ level: 'silent' }),
        keyPrefix: `test-${randomBytes(6).toString('hex')}`,
      })
      await until(async () => store.ready())
      return store
    },
  ],
  ...severalRedis.map(([name, address]): (typeof rooms)[number] => [
    name,
    async () => openStore(await address(), `test-${randomBytes(6).toString('hex')}`),
  ]),
]

for (const [name, connect] of rooms) {
  test(`${name}: a lease that is renewed is held, one that is not lapses and starts anew`, async () => {
    const store = await connect()
    const first = await store.leases.renew('openai', 'a', 60_000)
    assert.equal(first.heldMs, 0)
    await until(async () => (await store.leases.renew('openai', 'a', 60_000)).heldMs > 0)
    assert.deepEqual(await store.leases.lapsed('openai'), [])
    await store.leases.renew('openai', 'a', 1)
    await until(async () => (await store.leases.lapsed('openai')).includes('a'))
    assert.equal((await store.leases.renew('openai', 'a', 60_000)).heldMs, 0)
    assert.deepEqual(await store.leases.lapsed('openai'), [])
    await store.close()
  })

  test(`${name}: a released lease is neither held nor lapsed; scopes do not see each other`, async () => {
    const store = await connect()
    await store.leases.renew('openai', 'a', 1)
    await store.leases.renew('anthropic', 'b', 1)
    await until(async () => (await store.leases.lapsed('anthropic')).length === 1)
    await until(async () => (await store.leases.lapsed('openai')).length === 1)
    await store.leases.release('openai', 'a')
    assert.deepEqual(await store.leases.lapsed('openai'), [])
    assert.deepEqual(await store.leases.lapsed('anthropic'), ['b'])
    await store.close()
  })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2))
}
