import { setTimeout as delay } from 'node:timers/promises'

export type UntilOptions = {
  /** Gives up after so long (10 s). */
  readonly timeoutMs?: number
  /** Between two looks (20 ms). */
  readonly intervalMs?: number
  /** Said in the error: what was waited for. */
  readonly what?: string
}

/**
 * Looks again and again until `condition` returns something truthy, and returns that. For what only polling can see:
 * other processes, other machines' state. A throw counts as "not yet"; the last one is the timeout error's cause.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  options: UntilOptions = {},
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const { timeoutMs = 10_000, intervalMs = 20, what = 'the condition' } = options
  const deadline = performance.now() + timeoutMs
  let cause: unknown
  for (;;) {
    try {
      const value = await condition()
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>
      cause = undefined
    } catch (error) {
      cause = error
    }
    if (performance.now() >= deadline) {
      throw new Error(`Waited ${timeoutMs} ms for ${what}, which never came.`, { cause })
    }
    await delay(intervalMs)
  }
}
