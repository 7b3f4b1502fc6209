import type { Logger } from '#observability'
import { leaseKeys, loadScript, type RedisStore } from '#store'
import type { Keys } from './keys.ts'

/*
 * A worker's lease on one provider's queue, and its eye on the others'.
 *
 *   every second   renew own lease (it lapses after 5 s); every 100 ms while that fails
 *                  held without a lapse for 5 s: sweep each lapsed lease of another worker, then run the queue's
 *                  stalled check, which frees the slots
 *
 * After a Redis freeze every lease has lapsed although every worker lives: each renewal starts anew, and for 5 s nobody
 * may judge. The sweep script checks this again at the moment it acts.
 */

export const leaseTtlMs = 5_000
const renewEveryMs = 1_000
/** While the store is away, and before its first connection: a worker takes no job without its lease. */
const retryMs = 100
const judgeAfterMs = 5_000

const sweepScript = loadScript('./lua/sweep.lua', import.meta.url)

export type LeaseKeeper = {
  /** Resolves with the first renewal that succeeded: jobs may be taken from then on. */
  readonly held: Promise<void>
  /** Renews no more; `release` ends the lease at once instead of letting it lapse. */
  stop(release: boolean): Promise<void>
}

export function keepLease(options: {
  readonly store: RedisStore
  readonly keys: Keys
  readonly provider: string
  readonly worker: string
  readonly logger: Logger
  /** Runs the queue's stalled check now: locks were taken away. */
  onSwept(): Promise<void>
  /** Called with every renewal. */
  onRenewed(): Promise<void>
}): LeaseKeeper {
  const { store, provider, worker, logger } = options
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const held = Promise.withResolvers<void>()

  async function turn(): Promise<void> {
    let nextMs = renewEveryMs
    try {
      const { heldMs } = await store.leases.renew(provider, worker, leaseTtlMs)
      held.resolve()
      await options.onRenewed()
      if (heldMs >= judgeAfterMs) await sweepLapsed()
    } catch (error) {
      logger.debug({ provider, error }, 'lease not renewed')
      nextMs = retryMs
    }
    if (stopped) return
    timer = setTimeout(() => {
      current = turn()
    }, nextMs)
  }

  async function sweepLapsed(): Promise<void> {
    for (const lapsed of await store.leases.lapsed(provider)) {
      if (lapsed === worker) continue
      const swept = await sweep(options, lapsed)
      if (swept < 0) continue
      logger.warn({ provider, worker: lapsed, jobs: swept }, 'swept a dead worker')
      await options.onSwept()
    }
  }

  let current = turn()
  return {
    held: held.promise,
    async stop(release) {
      stopped = true
      clearTimeout(timer)
      await current
      if (release) await store.leases.release(provider, worker)
    },
  }
}

/** Frees the slots of a dead worker; returns how many jobs it had, or a negative number when it may not be judged. */
async function sweep(
  { store, keys, provider, worker }: Parameters<typeof keepLease>[0],
  dead: string,
): Promise<number> {
  const lease = leaseKeys(store.keyPrefix, provider)
  const reply = await sweepScript.run(
    store.connections.producer(provider),
    [
      lease.leases,
      lease.since,
      keys.bull(provider, 'active'),
      keys.bull(provider, 'stalled'),
      keys.bull(provider, 'stalled-check'),
    ],
    [worker, dead, judgeAfterMs, keys.bull(provider, '')],
  )
  return reply as number
}
