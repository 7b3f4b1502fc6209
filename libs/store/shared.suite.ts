import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { createLogger } from '#observability'
import { sharedRedisUrl, until } from '#testing'
import { createMemoryStore, type RedisStore, type Store } from './index.ts'
import { createRedisStore } from './redis/index.ts'
import { openStore, severalRedis } from './several-redis.suite.ts'
import { sharedStores } from './shared/stores.suite.ts'

/** Closed with the test. */
export async function redisStore(
  t: TestContext,
  { url, keyPrefix = randomPrefix() }: { readonly url: string; readonly keyPrefix?: string },
): Promise<RedisStore> {
  const store = createRedisStore({ url, logger: createLogger({ level: 'silent' }), keyPrefix })
  t.after(() => store.close())
  await until(() => store.ready())
  return store
}

export function randomPrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`
}

/** Stores that share everything: one twice in memory, two on one Redis. */
export const rooms: readonly (readonly [string, (t: TestContext) => Promise<readonly [Store, Store]>])[] = [
  [
    'memory',
    async () => {
      const store = createMemoryStore()
      return [store, store]
    },
  ],
  ['shared by processes', async () => sharedStores()],
  [
    'redis',
    async (t) => {
      const shared = { url: await sharedRedisUrl(), keyPrefix: randomPrefix() }
      return [await redisStore(t, shared), await redisStore(t, shared)]
    },
  ],
  ...severalRedis.map(([name, address]): (typeof rooms)[number] => [
    name,
    async (t) => {
      const [url, keyPrefix] = [await address(), randomPrefix()]
      const stores = [await openStore(url, keyPrefix), await openStore(url, keyPrefix)] as const
      t.after(() => Promise.all(stores.map((store) => store.close())))
      return stores
    },
  ]),
]
