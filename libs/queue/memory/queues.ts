import type { GatewayError } from '#contract'
import type { Windows } from '#store'
import type { QueueDepth, QueueLimits } from '../broker.ts'
import { createDrainRates, retryAfterMs } from '../drain-rate.ts'
import { queueFull, tenantShare } from '../errors.ts'
import { type Admission, createProviderQueue, type ProviderQueue, type Start } from './provider-queue.ts'
import type { Request } from './request.ts'

/** The queues of all providers: whose turn it is. In this process, or in the one that owns them (`shared/`). */
export type Queues = {
  /** Enqueues, or says why not; a promise only where that takes time. */
  admit(
    request: Request,
    provider: string,
    admission: Admission,
  ): Promise<GatewayError | undefined> | undefined
  /** Takes a request out of the queue that it is in; false when it runs or is gone, or was started where it must not have been. */
  withdraw(request: Request, options: { readonly unstarted: boolean }): boolean
  /** A job has ended. */
  ended(provider: string): void
  consume(provider: string, limits: QueueLimits, start: Start<Request>): Promise<void>
  setLimits(provider: string, limits: QueueLimits): Promise<void>
  /** How many jobs of a provider run in this process. */
  running(provider: string): number
  /** Starts no more here. */
  pause(provider?: string): void
  depths(providers: readonly string[]): Promise<readonly QueueDepth[]>
  ready(): boolean
  close(): void
}

export function createQueues(windows: Windows | undefined): Queues {
  const rates = createDrainRates(windows)
  const queues = new Map<string, ProviderQueue<Request>>()

  function of(provider: string): ProviderQueue<Request> {
    const existing = queues.get(provider)
    if (existing !== undefined) return existing
    const queue = createProviderQueue<Request>()
    queues.set(provider, queue)
    return queue
  }

  return {
    admit(request, provider, admission) {
      const queue = of(provider)
      const verdict = queue.admit(request, admission)
      if (verdict === 'admitted') return undefined
      const { waiting } = queue
      return rates.perSecond(provider).then((perSecond) => {
        const afterMs = retryAfterMs(waiting, perSecond)
        return verdict === 'queue_full' ? queueFull(provider, afterMs) : tenantShare(provider, afterMs)
      })
    },
    withdraw: ({ id, target }, options) => of(target.provider).withdraw(id, options),
    ended: rates.ended,
    consume: async (provider, limits, start) => of(provider).consume(limits, start),
    setLimits: async (provider, limits) => of(provider).setLimits(limits),
    running: (provider) => of(provider).running,
    pause(provider) {
      for (const queue of provider === undefined ? queues.values() : [of(provider)]) queue.pause()
    },
    depths: (providers) =>
      Promise.all(
        providers.map(async (provider) =>
          of(provider).depth(provider, (await rates.perSecond(provider)) ?? 0),
        ),
      ),
    ready: () => true,
    close() {
      for (const queue of queues.values()) queue.close()
    },
  }
}
