import { readFileSync } from 'node:fs'
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import {
  type RateCounters,
  type RateLimits,
  type RateState,
  rateWindowMs,
  reserveInStages,
} from '../rate-limits.ts'
import { storeUnavailable } from '../unavailable.ts'
import { within } from '../within.ts'
import type { Connections } from './connections.ts'

/*
 * Counting is rate-limiter-flexible's, with a script of ours for its increment: its own one also counts what it refuses,
 * and one that is given back after the window has ended would begin the next window with a present.
 *
 * Commands are never sent twice (the producer's connection). When an answer comes too late, what it took is given back;
 * when it is lost, what its command may have taken stays taken until the window ends: an admission too few within a
 * minute, never one too many. Every key expires with its window.
 */

/** Reserving, of all stages together, and settling take no longer than this while Redis hangs. */
const limitMs = 1_000
/** Who corrects is not refused. */
const unlimited = Number.MAX_SAFE_INTEGER
const countScript = readFileSync(new URL('./lua/count.lua', import.meta.url), 'utf8')

export function createRedisRateLimits(options: {
  readonly connections: Connections
  readonly keyPrefix: string
  readonly monotonicMs: () => number
}): RateLimits {
  const { connections, keyPrefix, monotonicMs } = options
  const counters = createCounters(createLimiters(connections, `${keyPrefix}:rate`), monotonicMs)
  return {
    async reserve(stages) {
      let wanted = true
      try {
        return await answered(reserveInStages(counters, stages, () => wanted))
      } finally {
        wanted = false
      }
    },
    settle: (taken, delta) => answered(counters.settle(taken, delta)),
  }
}

function createCounters(
  limiterOf: (name: string, points: number) => RateLimiterRedis,
  monotonicMs: () => number,
): RateCounters {
  return {
    async take(taking) {
      const { name, points, limitPerMinute } = taking
      const sentMs = monotonicMs()
      const result = await consume(limiterOf(name, limitPerMinute), name, points)
      const refused = result.consumedPoints > limitPerMinute
      const used = refused ? result.consumedPoints - points : result.consumedPoints
      const state: RateState = {
        ...taking,
        refused,
        remaining: Math.max(0, limitPerMinute - used),
        resetMs: result.msBeforeNext,
        // Counted from before the command left: never later than the window's real end.
        untilMs: sentMs + result.msBeforeNext,
      }
      return state
    },
    async settle({ name, untilMs }, delta) {
      if (delta > 0) await limiterOf(name, unlimited).penalty(name, delta)
      // A command that has not been answered by then is given up: what is sent now does not come after the window.
      else if (delta < 0 && monotonicMs() + limitMs < untilMs)
        await limiterOf(name, unlimited).reward(name, -delta)
    },
  }
}

/** One per connection and limit: the library's limiters hold theirs. There are no more limits than in the config. */
function createLimiters(
  connections: Connections,
  keyPrefix: string,
): (name: string, points: number) => RateLimiterRedis {
  const all = new Map<unknown, Map<number, RateLimiterRedis>>()
  return (name, points) => {
    const connection = connections.keyed(name)
    const limiters = all.get(connection) ?? new Map<number, RateLimiterRedis>()
    all.set(connection, limiters)
    const known = limiters.get(points)
    if (known !== undefined) return known
    const limiter = new RateLimiterRedis({
      storeClient: connection,
      points,
      duration: rateWindowMs / 1_000,
      keyPrefix,
      customIncrTtlLuaScript: countScript,
    })
    limiters.set(points, limiter)
    return limiter
  }
}

/** The library rejects with its result when it refuses. */
async function consume(limiter: RateLimiterRedis, name: string, points: number): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(name, points)
  } catch (error) {
    if (error instanceof RateLimiterRes) return error
    throw error
  }
}

async function answered<T>(work: Promise<T>): Promise<T> {
  try {
    return await within(limitMs, work, 'the store')
  } catch (cause) {
    throw storeUnavailable(cause)
  }
}
