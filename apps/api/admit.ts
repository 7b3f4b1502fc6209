import type { Target } from '#contract'
import type { Submission } from '#queue'
import { timeoutsOf } from '#routing'
import type { ApiContext } from './context.ts'
import type { Exchange } from './exchange.ts'
import type { RequestOptions } from './request-options.ts'
import type { Stop } from './stop.ts'

/** Takes what a request with one target may use of our limits. Throws the refusal (429 `rate_limited`). */
export async function admitTo(
  api: ApiContext,
  exchange: Exchange,
  request: { readonly tenant: string; readonly target: Target },
): Promise<void> {
  const admission = await api.rateLimits.admit({ ...request, estimateTokens: () => 0 })
  exchange.facts.limitHeaders = admission.headers(exchange.route.wire.id)
  if (!admission.admitted) throw admission.error
  exchange.facts.lease = admission
}

/** How long a request may wait for a worker, and how much of a queue its tenant may hold. */
export function waitFor(
  { config }: Pick<ApiContext, 'config'>,
  { priority }: Pick<RequestOptions, 'priority'>,
): Pick<Submission, 'maxWaitMs' | 'tenantShare'> {
  const { maxWaitMs, tenantShare } = config.queue
  return {
    ...(priority !== 'low' && { maxWaitMs }),
    ...(tenantShare < 1 && { tenantShare }),
  }
}

/** How long a request may take: as its caller asks, else as is configured for the model, else for its provider. */
export function timesFor(
  { config }: Pick<ApiContext, 'config'>,
  { target, provider }: Pick<Stop, 'target' | 'provider'>,
  options: Pick<RequestOptions, 'timeoutMs'>,
): { readonly timeoutMs: number; readonly streamTotalMs: number } {
  const own = timeoutsOf(config.routing.timeouts, target)
  const { network } = provider
  return {
    timeoutMs: options.timeoutMs ?? own.requestTimeoutMs ?? network.requestTimeoutMs,
    streamTotalMs: own.streamTotalTimeoutMs ?? network.streamTotalTimeoutMs,
  }
}
