import type { Priority } from '#contract'
import { loadScript, type RedisStore } from '#store'
import type { QueueLimits } from '../broker.ts'
import { type DrainRates, retryAfterMs } from '../drain-rate.ts'
import { queueFull, tenantShare } from '../errors.ts'
import { bandOf, bullPriority } from '../fair-tags.ts'
import type { Keys } from './keys.ts'

const admitScript = loadScript('./lua/admit.lua', import.meta.url)

export type AdmissionRequest = {
  readonly provider: string
  /** Under which it holds its place: a request that goes on at one provider holds two for a moment. */
  readonly jobId: string
  readonly tenant: string
  readonly priority: Priority
  readonly limits: QueueLimits
  /** When nobody releases it, its place is free after this long. */
  readonly lifetimeMs: number
  readonly tenantShare: number
}

/** `priority` is BullMQ's: lane and turn. */
export type Admitted = { readonly nowMs: number; readonly priority: number }

/** Reserves a place; rejects with `queue-full` when there is none. */
export type Admit = (request: AdmissionRequest) => Promise<Admitted>

export function createAdmit(options: {
  readonly store: Pick<RedisStore, 'connections' | 'clockOf'>
  readonly keys: Keys
  readonly rates: DrainRates
}): Admit {
  const { store, keys, rates } = options
  return async ({ provider, jobId, tenant, priority, limits, lifetimeMs, tenantShare: share }) => {
    const sentMs = performance.now()
    const reply = await admitScript.run(
      store.connections.producer(provider),
      [
        keys.admitted(provider),
        keys.limits(provider),
        keys.tenant(provider, tenant),
        keys.tags(provider),
        keys.bull(provider, 'prioritized'),
        keys.bull(provider, 'delayed'),
        keys.bull(provider, 'active'),
      ],
      [
        jobId,
        Math.ceil(lifetimeMs),
        limits.concurrency,
        limits.bufferSize,
        share,
        tenant,
        bandOf(priority),
        keys.bull(provider, ''),
      ],
    )
    const [verdict, nowMs, tag, waiting] = reply as [0 | 1 | 2, number, number, number]
    store.clockOf(provider).observe(nowMs, sentMs, performance.now())
    if (verdict === 1) return { nowMs, priority: bullPriority(priority, tag) }
    const afterMs = retryAfterMs(waiting, await rates.perSecond(provider))
    throw verdict === 0 ? queueFull(provider, afterMs) : tenantShare(provider, afterMs)
  }
}
