import type { GatewayError } from '#contract'
import { type Admission, type CallOutcome, learnLimits } from '#resilience'
import { cooldownAfter } from '#routing'
import type { AttemptOutcome, ResponseHead } from './attempt.ts'
import type { ChosenKey } from './choose-key.ts'
import type { Job } from './walk.ts'

/** One call, as its breaker let it through. `startedMs` is the store's time. */
export type Call = { readonly key: ChosenKey; readonly admission: Admission; readonly startedMs: number }

/** For how long what a vendor says of a limit holds, when it does not say so itself. */
const paceMs = 60_000

/** What the head of an answer tells all workers: how fast the model is, and how much its key has left. */
export function learnFromHead(
  { context, delivery }: Job,
  { key }: Call,
  head: ResponseHead & { readonly afterMs: number; readonly otherUsableKeys: number },
): void {
  if (head.status >= 300) return
  const { cooldowns, latencies } = context.traffic
  const { provider, model } = delivery.target
  const name = key?.name ?? ''
  const nowMs = context.store.clock.nowMs()
  latencies.observe(provider, model, head.afterMs)
  const limits = learnLimits(head.headers, nowMs)
  if (limits === undefined) return
  const { remaining, resetMs = paceMs, exhaustedForMs } = limits
  cooldowns.pace(provider, name, { remaining, untilMs: nowMs + resetMs })
  // The next call would be refused: the others make it. The only key goes on, and hears it from the vendor.
  if (exhaustedForMs !== undefined && head.otherUsableKeys > 0) {
    cooldowns.cool(provider, name, {
      reason: 'exhausted',
      strikes: cooldowns.strikes(provider, name),
      retryAfter: false,
      forMs: exhaustedForMs,
    })
  }
}

/** What the end of a call tells its breaker, and about its key. */
export function learnFromOutcome(
  job: Job,
  { key, admission, startedMs }: Call,
  outcome: AttemptOutcome,
  otherUsableKeys: number,
): void {
  const { cooldowns, breakers } = job.context.traffic
  const { provider } = job.delivery.target
  const name = key?.name ?? ''
  const error = outcome.type === 'answered' ? outcome.brokeOff : outcome.failure.error
  const { deadlineMs, admittedAtMs } = job.delivery.header
  const timeShare = (deadlineMs - startedMs) / Math.max(1, deadlineMs - admittedAtMs)
  breakers.record({ provider, key: name, admission, outcome: callOutcome(error, timeShare) })
  if (error === undefined) {
    cooldowns.clear(provider, name, startedMs)
    return
  }
  const cooldown = cooldownAfter({
    status: error.kind === 'upstream-rejected' ? error.status : undefined,
    retryAfterMs: error.retryAfterMs,
    strikes: cooldowns.strikes(provider, name),
    otherUsableKeys,
  })
  if (cooldown !== undefined) cooldowns.cool(provider, name, cooldown)
}

/**
 * What a call says about its provider's health. `timeShare`: the part of its request's time that was left as it began. One
 * that had waited for longer than that ran out of time for our reasons, and many of those must not look like an outage.
 */
export function callOutcome(error: GatewayError | undefined, timeShare = 1): CallOutcome {
  if (error === undefined) return 'success'
  switch (error.kind) {
    case 'upstream-failed':
    case 'upstream-unreachable':
      return 'failure'
    case 'timeout':
      return error.code === 'upstream_timeout' && timeShare < 0.5 ? 'neutral' : 'failure'
    // The provider's own answer: from 500 on it says that it is the provider who fails.
    case 'upstream-rejected':
      return error.status >= 500 ? 'failure' : 'neutral'
    default:
      return 'neutral'
  }
}
