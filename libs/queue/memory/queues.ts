import type { GatewayError } from '#contract'
import { type DrainRates, retryAfterMs } from '../drain-rate.ts'
import { queueFull, tenantShare } from '../errors.ts'
import { type Admission, createProviderQueue, type ProviderQueue } from './provider-queue.ts'
import type { Request } from './request.ts'

/** The queues of all providers. */
export type Queues = {
  of(provider: string): ProviderQueue<Request>
  all(): Iterable<ProviderQueue<Request>>
  /** Enqueues, or says why not. */
  admit(request: Request, admission: Admission): Promise<GatewayError> | undefined
}

export function createQueues(rates: DrainRates): Queues {
  const queues = new Map<string, ProviderQueue<Request>>()

  function of(provider: string): ProviderQueue<Request> {
    const existing = queues.get(provider)
    if (existing !== undefined) return existing
    const queue = createProviderQueue<Request>()
    queues.set(provider, queue)
    return queue
  }

  return {
    of,
    all: () => queues.values(),
    admit(request, admission) {
      const { provider } = request.target
      const queue = of(provider)
      const verdict = queue.admit(request, admission)
      if (verdict === 'admitted') return undefined
      const { waiting } = queue
      return rates.perSecond(provider).then((perSecond) => {
        const afterMs = retryAfterMs(waiting, perSecond)
        return verdict === 'queue_full' ? queueFull(provider, afterMs) : tenantShare(provider, afterMs)
      })
    },
  }
}
