import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { createLogger } from '#observability'
import type { RedisStore, RedisStoreOptions, Windows } from '#store'
import { createRedisStore } from '#store/redis'
import { until } from '#testing'
import { createRedisBroker } from './bullmq/index.ts'
import type { Broker } from './index.ts'

const logger = createLogger({ level: 'silent' })

/** One process's share of a Redis broker. */
export type Side = { readonly store: RedisStore; readonly broker: Broker; close(): Promise<void> }

/** A key prefix that no other test has. */
export function freshPrefix(): string {
  return `test-${randomBytes(6).toString('hex')}`
}

/** All that the suites speak of; the hops lead from the first to the second. */
const suiteProviders = ['openai', 'first', 'second', 'warm', 'anthropic', 'pfalse', 'ptrue']

/** A broker with connections of its own, as in a process of its own. */
export async function openSide(
  url: RedisStoreOptions['url'],
  keyPrefix: string,
  windows?: Windows,
): Promise<Side> {
  const store = createRedisStore({ url, logger, keyPrefix, providers: suiteProviders })
  const broker = createRedisBroker({ store, logger, ...(windows !== undefined && { windows }) })
  const isReady = () => store.providers.every((provider) => broker.ready(provider))
  await until(isReady, { what: 'the broker to be ready' })
  return {
    store,
    broker,
    async close() {
      await broker.close()
      await store.close()
    },
  }
}

/** Brokers of as many processes on one Redis and one fresh key prefix; closed when the test ends, however it ends. */
export async function openSides(
  context: TestContext,
  url: RedisStoreOptions['url'],
  count: number,
): Promise<{ readonly sides: readonly Side[]; readonly prefix: string }> {
  const prefix = freshPrefix()
  const sides = await Promise.all(Array.from({ length: count }, () => openSide(url, prefix)))
  context.after(() => Promise.all(sides.map((side) => side.close())))
  return { sides, prefix }
}
