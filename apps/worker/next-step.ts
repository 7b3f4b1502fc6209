import type { ErrorKind } from '#contract'

/** What is known after an attempt of which nothing went out to the caller. */
export type AttemptHistory = {
  /** Kinds of the failures of this job so far, the last one last; at least one. */
  readonly failures: readonly ErrorKind[]
  readonly remainingMs: number
}

/** `again`: send the same request once more, with another key if there is one. `answer`: tell the caller. */
export type NextStep = 'again' | 'answer'

/**
 * Decides what follows a failed attempt. A request of which no byte was written is tried once more whatever
 * `max_retries` says: nothing has been asked of the provider, so nothing can be done twice.
 */
export function nextStep(history: AttemptHistory): NextStep {
  const { failures, remainingMs } = history
  if (remainingMs <= 0) return 'answer'
  if (failures.at(-1) !== 'upstream-unreachable') return 'answer'
  const unreachable = failures.filter((kind) => kind === 'upstream-unreachable').length
  return unreachable === 1 ? 'again' : 'answer'
}
