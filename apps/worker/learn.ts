import type { GatewayError } from '#contract'
import { type Admission, type CallOutcome, learnLimits } from '#resilience'
import { cooldownAfter, timeoutsOf } from '#routing'
import type { AttemptOutcome, ResponseHead } from './attempt.ts'
import type { ChosenKey } from './choose-key.ts'
import type { Job } from './walk.ts'

/** One call, as its breaker let it through. */
export type Call = {
  readonly key: ChosenKey
  readonly admission: Admission
  /** The store's time. */
  readonly startedMs: number
  /** What was left of the request's time then. */
  readonly givenMs: number
}

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
  call: Call,
  outcome: AttemptOutcome,
  otherUsableKeys: number,
): void {
  const { key, admission, startedMs } = call
  const { cooldowns, breakers } = job.context.traffic
  const { provider } = job.delivery.target
  const name = key?.name ?? ''
  const error = outcome.type === 'answered' ? outcome.brokeOff : outcome.failure.error
  const health = isImpatience(job, call, error) ? 'neutral' : callOutcome(error)
  breakers.record({ provider, key: name, admission, outcome: health })
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
 * Whether a call was given up earlier than the configuration would have done: by the caller's own timeout, or because most
 * of the request's time was gone. That says nothing of the provider, and one hurried caller must not close it to all.
 */
function isImpatience({ context, delivery }: Job, { givenMs }: Call, error?: GatewayError): boolean {
  if (error?.kind !== 'timeout') return false
  const { header, target } = delivery
  const { code } = error
  if (code === 'first_byte_timeout') return header.callTimeouts?.firstByteMs !== undefined
  if (code === 'stream_idle_timeout') return header.callTimeouts?.streamIdleMs !== undefined
  if (code !== 'upstream_timeout') return false
  const configuredMs =
    timeoutsOf(context.routing.timeouts, target).requestTimeoutMs ??
    context.providers.get(target.provider)?.config.network.requestTimeoutMs ??
    0
  return givenMs < configuredMs / 2
}

/** What a call says about its provider's health. */
export function callOutcome(error: GatewayError | undefined): CallOutcome {
  if (error === undefined) return 'success'
  switch (error.kind) {
    case 'upstream-failed':
    case 'upstream-unreachable':
    case 'timeout':
      return 'failure'
    case 'upstream-rejected':
      // What it refuses below is the key's or the caller's matter.
      return error.status >= 500 ? 'failure' : 'neutral'
    default:
      return 'neutral'
  }
}
