import { randomBytes } from 'node:crypto'
import type { RedisAddress } from '#contract'
import type { Logger } from '#observability'
import { createStoreClock, type StoreClock } from '../clock.ts'
import type { Store } from '../store.ts'
import { type Connections, createConnections } from './connections.ts'
import { createRedisFacts } from './facts.ts'
import { createRedisLeases } from './leases.ts'
import { createRedisRateLimits } from './rate-limits.ts'
import { createRedisRecords } from './records.ts'
import { createRedisWindows } from './windows.ts'

/** A store in Redis; the queue room asks it for its connections. */
export type RedisStore = Store & {
  readonly connections: Connections
  readonly keyPrefix: string
  /** Those that it was opened for. */
  readonly providers: readonly string[]
  /** By the Redis that has this provider; several know nothing of each other's clocks. */
  clockOf(provider: string): StoreClock
}

export type RedisStoreOptions = {
  /** A `redis://` or `rediss://` URL, or more than one Redis. */
  readonly url: string | RedisAddress
  /** Those whose connections are opened at once: all that a process speaks of. */
  readonly providers?: readonly string[]
  readonly logger: Logger
  /** First part of every key of ours. */
  readonly keyPrefix?: string
  readonly random?: () => number
}

/** Opens connections at once and never fails for Redis being away: `ready()` tells, operations reject. */
export function createRedisStore(options: RedisStoreOptions): RedisStore {
  const monotonicMs = () => performance.now()
  const keyPrefix = options.keyPrefix ?? 'bifrost'
  const { url } = options
  const connections = createConnections({
    address: typeof url === 'string' ? { kind: 'servers', urls: [url], places: {} } : url,
    keyPrefix,
    providers: options.providers ?? [],
    logger: options.logger,
    random: options.random ?? Math.random,
  })
  const clocks = createClocks(monotonicMs)
  const clockOf = (provider: string) => clocks(connections.site(provider).id)
  const clock = clocks(connections.sites()[0]?.id ?? '')
  const id = randomBytes(8).toString('hex')
  const shared = { connections, clock, clockOf, keyPrefix, monotonicMs, id }
  const facts = createRedisFacts(shared)
  const windows = createRedisWindows(shared)
  return {
    connections,
    keyPrefix,
    providers: options.providers ?? [],
    clock,
    clockOf,
    leases: createRedisLeases(shared),
    records: createRedisRecords(shared),
    facts,
    windows,
    rateLimits: createRedisRateLimits({ connections, keyPrefix, monotonicMs }),
    ready: (provider) => connections.responsive(provider),
    async close() {
      await windows.close()
      facts.close()
      await connections.close()
    },
  }
}

/** One clock for each site. */
function createClocks(monotonicMs: () => number): (site: string) => StoreClock {
  const clocks = new Map<string, StoreClock>()
  return (site) => {
    const known = clocks.get(site)
    if (known !== undefined) return known
    const clock = createStoreClock(monotonicMs, Date.now)
    clocks.set(site, clock)
    return clock
  }
}
