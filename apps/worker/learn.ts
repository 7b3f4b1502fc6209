import type { CallTimeouts, GatewayError } from '#contract'
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
  head: ResponseHead & { readonly afterMs: number; readonly otherUsableKeys: () => number },
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
  if (exhaustedForMs !== undefined && head.otherUsableKeys() > 0) {
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
  otherUsableKeys: () => number,
): void {
  const { key, admission, startedMs } = call
  const { cooldowns, breakers } = job.context.traffic
  const { provider } = job.delivery.target
  const name = key?.name ?? ''
  const error = outcome.type === 'answered' ? outcome.brokeOff : outcome.failure.error
  const isTooEarly = error?.kind === 'timeout' && isHasty(hasteOf(job, call, error.code))
  const health = isTooEarly ? 'neutral' : callOutcome(error)
  breakers.record({ provider, key: name, admission, outcome: health })
  if (error === undefined) {
    cooldowns.clear(provider, name, startedMs)
    return
  }
  const cooldown = cooldownAfter({
    status: error.kind === 'upstream-rejected' ? error.status : undefined,
    retryAfterMs: error.retryAfterMs,
    strikes: cooldowns.strikes(provider, name),
    otherUsableKeys: otherUsableKeys(),
  })
  if (cooldown !== undefined) cooldowns.cool(provider, name, cooldown)
}

/** A call that had this long, and no answer, counts whoever set its timeout. */
const patientMs = 1_000

/** What is known of a call that ran out of time. Milliseconds. */
export type Haste = {
  /** The code of its error. */
  readonly code: string
  /** How long it had. */
  readonly givenMs: number
  /** How long a request to its target has as configured, and how long this one had from its admission. */
  readonly configuredMs: number
  readonly wholeMs: number
  /** What the caller asked for, where it did. */
  readonly asked: CallTimeouts
}

/**
 * Whether a call was given up too early to say anything of its provider: it had less than a second, or its request had spent
 * most of its time waiting for it. One hurried caller, or a long queue, must not close a provider to all.
 */
export function isHasty({ code, givenMs, configuredMs, wholeMs, asked }: Haste): boolean {
  const { firstByteMs = patientMs, streamIdleMs = patientMs } = asked
  if (code === 'first_byte_timeout') return firstByteMs < patientMs
  if (code === 'stream_idle_timeout') return streamIdleMs < patientMs
  if (code !== 'upstream_timeout') return false
  return givenMs < Math.min(configuredMs / 2, patientMs) || givenMs < wholeMs / 2
}

function hasteOf({ context, delivery }: Job, { givenMs }: Call, code: string): Haste {
  const { header, target } = delivery
  const { network } = context.providers.get(target.provider)?.config ?? {}
  const own = timeoutsOf(context.routing.timeouts, target).requestTimeoutMs
  return {
    code,
    givenMs,
    configuredMs: own ?? network?.requestTimeoutMs ?? 0,
    wholeMs: header.deadlineMs - header.admittedAtMs,
    asked: header.callTimeouts ?? {},
  }
}

/** What a call says about its provider's health. */
export function callOutcome(error: GatewayError | undefined): CallOutcome {
  if (error === undefined) return 'success'
  switch (error.kind) {
    case 'upstream-failed':
    case 'upstream-unreachable':
    case 'timeout':
      return 'failure'
    // The provider's own answer: from 500 on it says that it is the provider who fails.
    case 'upstream-rejected':
      return error.status >= 500 ? 'failure' : 'neutral'
    default:
      return 'neutral'
  }
}
