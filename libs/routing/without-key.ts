import type { KeyHindrance } from './key-choice.ts'

/**
 * `wait`: start after `waitMs`. `pass`: on to the next target, no call is made. `answer`: tell the caller at once, with the
 * rest of the time as Retry-After.
 */
export type WithoutKeyStep =
  | { readonly type: 'wait'; readonly waitMs: number }
  | { readonly type: 'pass' }
  | { readonly type: 'answer'; readonly retryAfterMs: number }

/** With another target left, nobody waits longer than this for a key, or for a time that the provider has named. */
export const longWaitMs = 1000

/**
 * What follows when no key of a target can be used now, before any call is made: in an API pod before the job is queued, in a
 * worker that has taken it.
 *
 *   | hindrance         | ends                                     | another target | step   |
 *   |-------------------|------------------------------------------|----------------|--------|
 *   | circuit open      | at any time                              | yes            | pass   |
 *   | circuit open      | at any time                              | no             | answer |
 *   | key cools         | in more than 1 s                         | yes            | pass   |
 *   | key cools         | within deadline and maximum queue wait   | any other case | wait   |
 *   | key cools         | later                                    | yes            | pass   |
 *   | key cools         | later                                    | no             | answer |
 *
 * Nobody queues behind an open breaker: it opened because waiting did not help.
 */
export function withoutKey(options: {
  readonly hindrance: KeyHindrance
  readonly nowMs: number
  /** Later targets of the plan that could be asked. */
  readonly targetsLeft: number
  readonly remainingMs: number
  /** What is left of the request's maximum queue wait. */
  readonly maxWaitMs: number
}): WithoutKeyStep {
  const { hindrance, nowMs, targetsLeft, remainingMs, maxWaitMs } = options
  const waitMs = Math.max(0, hindrance.untilMs - nowMs)
  const fits = waitMs < remainingMs && waitMs <= maxWaitMs
  const isLong = targetsLeft > 0 && waitMs > longWaitMs
  if (hindrance.reason === 'key_cooldown' && fits && !isLong) return { type: 'wait', waitMs }
  return targetsLeft > 0 ? { type: 'pass' } : { type: 'answer', retryAfterMs: waitMs }
}
