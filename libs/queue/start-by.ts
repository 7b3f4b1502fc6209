import type { JobHeader } from '#contract'

/** The header's `startByMs`, where the wait that is allowed ends before the deadline. */
export function startBy(
  nowMs: number,
  maxWaitMs: number | undefined,
  deadlineMs: number,
): Pick<JobHeader, 'startByMs'> {
  if (maxWaitMs === undefined || nowMs + maxWaitMs >= deadlineMs) return {}
  return { startByMs: nowMs + maxWaitMs }
}

/** Whether a job that was never started has waited longer than it may; `remainingMs` until its deadline. */
export function waitIsOver({ startByMs, deadlineMs }: JobHeader, remainingMs: number): boolean {
  return startByMs !== undefined && deadlineMs - remainingMs > startByMs
}
