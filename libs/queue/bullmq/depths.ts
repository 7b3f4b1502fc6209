import type { Redis } from 'ioredis'
import { within } from '#store'
import type { QueueDepth } from '../broker.ts'
import { storeUnavailable } from '../errors.ts'
import type { Keys } from './keys.ts'

const readLimitMs = 1_000

/** Counts one provider's queue in one round trip. `nowMs` is the store's time. */
export async function readDepth(
  connection: Redis,
  keys: Keys,
  provider: string,
  nowMs: number,
): Promise<QueueDepth> {
  const counted = connection
    .pipeline()
    .llen(keys.bull(provider, 'wait'))
    .zcard(keys.bull(provider, 'prioritized'))
    .zcard(keys.bull(provider, 'delayed'))
    .llen(keys.bull(provider, 'active'))
    .zcount(keys.admitted(provider), nowMs, '+inf')
    .hmget(keys.limits(provider), 'concurrency', 'bufferSize')
    .exec()
  const results = await within(readLimitMs, counted, 'Redis').catch((error: unknown) => {
    throw storeUnavailable(error)
  })
  const values = (results ?? []).map(([error, value]) => {
    if (error !== null) throw storeUnavailable(error)
    return value
  })
  const [wait, prioritized, delayed, active, admitted, limits] = values as [
    number,
    number,
    number,
    number,
    number,
    (string | null)[],
  ]
  return {
    provider,
    waiting: wait + prioritized,
    delayed,
    active,
    admitted,
    capacity: limits.reduce((sum, limit) => sum + Number(limit ?? 0), 0),
  }
}
