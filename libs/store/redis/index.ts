import { randomBytes } from 'node:crypto'
import type { Logger } from '#observability'
import { createStoreClock } from '../clock.ts'
import type { Store } from '../store.ts'
import { type Connections, createConnections } from './connections.ts'
import { createRedisFacts } from './facts.ts'
import { createRedisLeases } from './leases.ts'
import { createRedisRateLimits } from './rate-limits.ts'
import { createRedisRecords } from './records.ts'
import { createRedisWindows } from './windows.ts'

/** A store in Redis; the queue room asks it for its connections. */
export type RedisStore = Store & { readonly connections: Connections; readonly keyPrefix: string }

export type RedisStoreOptions = {
  /** `redis://` or `rediss://` URL. */
  readonly url: string
  readonly logger: Logger
  /** First part of every key of ours. */
  readonly keyPrefix?: string
  readonly random?: () => number
}

/** Opens connections at once and never fails for Redis being away: `ready()` tells, operations reject. */
export function createRedisStore(options: RedisStoreOptions): RedisStore {
  const monotonicMs = () => performance.now()
  const keyPrefix = options.keyPrefix ?? 'bifrost'
  const connections = createConnections({
    url: options.url,
    logger: options.logger,
    random: options.random ?? Math.random,
  })
  // The one that everything needs; the others are opened by who uses them.
  connections.producer('')
  const clock = createStoreClock(monotonicMs, Date.now)
  const shared = { connections, clock, keyPrefix, monotonicMs, id: randomBytes(8).toString('hex') }
  const facts = createRedisFacts(shared)
  const windows = createRedisWindows(shared)
  return {
    connections,
    keyPrefix,
    clock,
    leases: createRedisLeases(shared),
    records: createRedisRecords(shared),
    facts,
    windows,
    rateLimits: createRedisRateLimits({ connections, keyPrefix, monotonicMs }),
    ready: () => connections.responsive(),
    async close() {
      await windows.close()
      facts.close()
      await connections.close()
    },
  }
}
