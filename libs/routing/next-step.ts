import { type ErrorKind, errorKinds } from '#contract'
import { isKeyStatus } from './cooldown.ts'
import type { Random } from './weighted.ts'
import { longWaitMs } from './without-key.ts'

/** One failed attempt of which nothing went out to the caller. */
export type AttemptFailure = {
  readonly kind: ErrorKind
  /** What the provider answered, or what its error inside a stream stands for. */
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  /** No byte of the request was written: nothing has been asked of the provider. */
  readonly wroteNothing: boolean
}

export type RetryPolicy = {
  readonly maxRetries: number
  readonly backoffInitialMs: number
  readonly backoffMaxMs: number
  /** Over all targets of the request. */
  readonly maxUpstreamCalls: number
}

export type NextStepOptions = {
  readonly failure: AttemptFailure
  readonly policy: RetryPolicy
  /** Calls at this target, the failed one included. */
  readonly callsAtThisTarget: number
  /** Calls at all targets so far, the failed one included. */
  readonly callsOfRequest: number
  /** Later targets of the plan that could be asked. */
  readonly targetsLeft: number
  readonly remainingMs: number
  /** A key of this provider that the request has not used could be used now. */
  readonly anotherKeyUsable: boolean
  /** There when no key of the provider can be used now: the time until the first one can, at this moment. */
  readonly keyWaitMs?: number | undefined
  /** What is left of the request's maximum queue wait. */
  readonly maxWaitMs: number
  /** Of the provider; `unknown` while the store is away. */
  readonly budget: 'allowed' | 'exhausted' | 'unknown'
  readonly random: Random
}

/**
 * `again`: the same target once more after `waitMs`; takes a place of the retry budget unless `free`. `hop`: the next target
 * of the plan. `answer`: tell the caller.
 */
export type NextStep =
  | { readonly type: 'again'; readonly waitMs: number; readonly free: boolean }
  | { readonly type: 'hop' }
  | { readonly type: 'answer' }

/** Answers that a second try may turn; those that refuse the key are tried with another key only. */
const passingStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504, 529])
/** The request itself is at fault: every target would be asked the same. */
const callersStatuses: ReadonlySet<number> = new Set([400, 413, 422])

/**
 * What follows a failed attempt.
 *
 *   | failure                                              | again                          | hop |
 *   |------------------------------------------------------|--------------------------------|-----|
 *   | no connection, nothing written                       | yes; the second call is free   | yes |
 *   | connection lost, an answer that cannot be read       | yes                            | yes |
 *   | no first byte in time (the request has time left)    | without another target only    | yes |
 *   | 408, 429, 500, 502, 503, 504, 529                    | yes                            | yes |
 *   | 401, 402, 403                                        | with another usable key only   | yes |
 *   | 400, 413, 422: the caller's own request              | no                             | no  |
 *   | other statuses (404: the vendor lacks the model, …)  | no                             | yes |
 *   | errors of ours                                       | no                             | as `errorKinds` says |
 *
 * Again, while all of this holds: the target has had fewer than 1 + `maxRetries` calls; every later target keeps a call of
 * `maxUpstreamCalls`; the budget is not exhausted (while the store is away nobody knows: `maxRetries` bounds alone); the wait
 * ends before the deadline. A second call after nothing was written needs neither retries nor budget: nothing can be done twice.
 *
 * The wait is random(0, min(`backoffMaxMs`, `backoffInitialMs`·2^n)), never below Retry-After or the time until a key is back;
 * none after a key's own failure when another key is at hand. A time that the provider has named must fit the maximum queue wait,
 * and with another target left anything above 1 s is a reason to go there.
 */
export function nextStep(options: NextStepOptions): NextStep {
  if (options.remainingMs <= 0) return { type: 'answer' }
  return retry(options) ?? (mayHop(options) ? { type: 'hop' } : { type: 'answer' })
}

function retry(options: NextStepOptions): NextStep | undefined {
  const { failure, policy, callsAtThisTarget, callsOfRequest, targetsLeft } = options
  if (!isPassing(options)) return undefined
  if (callsOfRequest + 1 + targetsLeft > policy.maxUpstreamCalls) return undefined
  const free = failure.wroteNothing && callsAtThisTarget === 1
  const isAllowed = callsAtThisTarget <= policy.maxRetries && options.budget !== 'exhausted'
  if (!free && !isAllowed) return undefined
  const waitMs = waitBefore(options, free)
  return waitMs === undefined ? undefined : { type: 'again', waitMs, free }
}

/** Whether the same target may do better at another time or with another key. */
function isPassing({ failure, anotherKeyUsable, targetsLeft }: NextStepOptions): boolean {
  const { kind, status } = failure
  // A second wait of the same length would take the time that the other target needs.
  if (kind === 'timeout') return targetsLeft <= 0
  if (kind !== 'upstream-rejected') return errorKinds[kind].retry
  if (status === undefined) return false
  return passingStatuses.has(status) || (isKeyStatus(status) && anotherKeyUsable)
}

/** `undefined`: it would take too long. */
function waitBefore(options: NextStepOptions, free: boolean): number | undefined {
  const { failure, policy, targetsLeft, random } = options
  const namedMs = namedWait(options)
  if (namedMs > options.maxWaitMs || (namedMs > longWaitMs && targetsLeft > 0)) return undefined
  const isImmediate = free || (isKeysOwn(failure) && options.anotherKeyUsable)
  const doubled = policy.backoffInitialMs * 2 ** (options.callsAtThisTarget - 1)
  const backoffMs = isImmediate ? 0 : Math.floor(random() * Math.min(policy.backoffMaxMs, doubled))
  const waitMs = Math.max(backoffMs, namedMs)
  return waitMs < options.remainingMs ? waitMs : undefined
}

/** The wait that does not depend on us: what the provider asks for, and the time until one of its keys can be used. */
function namedWait({ failure, anotherKeyUsable, keyWaitMs = 0 }: NextStepOptions): number {
  if (anotherKeyUsable && isKeysOwn(failure)) return 0
  return Math.max(failure.retryAfterMs ?? 0, keyWaitMs)
}

function isKeysOwn({ kind, status }: AttemptFailure): boolean {
  return kind === 'upstream-rejected' && isKeyStatus(status)
}

function mayHop({ failure, policy, callsOfRequest, targetsLeft }: NextStepOptions): boolean {
  if (targetsLeft <= 0 || callsOfRequest >= policy.maxUpstreamCalls) return false
  const { kind, status } = failure
  return errorKinds[kind].fallback && !(kind === 'upstream-rejected' && callersStatuses.has(status ?? 0))
}
