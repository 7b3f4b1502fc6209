import type { NextStepOptions } from '#routing'
import { targetsLeft } from './hop-on.ts'
import type { Failure } from './lanes/lane.ts'
import type { Call } from './plan-call.ts'
import type { Job } from './walk.ts'

/** What the decision about a failed attempt hangs on, but for the budget. */
export function retryFacts(
  job: Job,
  { setup }: Call,
  { error }: Failure,
  keys: { readonly others: number; readonly waitMs: number | undefined },
): Omit<NextStepOptions, 'budget'> {
  const { context, delivery, walk } = job
  const { maxRetries, retryBackoffInitialMs, retryBackoffMaxMs } = setup.config.network
  const { maxUpstreamCalls, priority } = delivery.header
  return {
    failure: {
      kind: error.kind,
      status: error.upstream?.status,
      retryAfterMs: error.retryAfterMs,
      wroteNothing: error.kind === 'upstream-unreachable',
    },
    policy: {
      maxRetries,
      backoffInitialMs: retryBackoffInitialMs,
      backoffMaxMs: retryBackoffMaxMs,
      maxUpstreamCalls,
    },
    callsAtThisTarget: walk.callsHere,
    callsOfRequest: walk.calls,
    targetsLeft: targetsLeft(job),
    remainingMs: delivery.remainingMs(),
    anotherKeyUsable: keys.others > 0,
    keyWaitMs: keys.waitMs,
    maxWaitMs: priority === 'low' ? delivery.remainingMs() : context.queue.maxWaitMs,
    random: context.random,
  }
}

/** Takes one retry out of the provider's budget. While the store is away nobody knows, and `max_retries` bounds alone. */
export async function mayRetry({ context, delivery }: Job): Promise<boolean> {
  const { provider } = delivery.target
  const taken = await context.traffic.budget.take(provider).catch(() => true)
  context.metrics.retried({ provider, outcome: taken ? 'retried' : 'budget_exhausted' })
  return taken
}
