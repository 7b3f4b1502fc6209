import type { JobHeader, PlannedTarget } from '#contract'
import type { Hop, ReplyWriter } from './broker.ts'
import { queueTimeout } from './errors.ts'
import { startBy } from './start-by.ts'

/** A job that a worker wants to hand on. */
export type GoingOn = {
  readonly header: JobHeader
  readonly hasUpload: boolean
  readonly reply: ReplyWriter
  readonly signal: AbortSignal
  remainingMs(): number
}

/** Where a job may go on to; throws where it may not. */
export function nextTarget(
  { header, hasUpload, reply, signal, remainingMs }: GoingOn,
  hop: number,
): PlannedTarget {
  const target = header.plan[hop]
  if (target === undefined || hop <= header.hop)
    throw new Error(`the plan of request ${header.requestId} has no target ${hop} to go on to`)
  if (hasUpload || reply.headSent || reply.closed)
    throw new Error('a job with an upload, or whose answer has begun, cannot go on to another target')
  signal.throwIfAborted()
  if (remainingMs() <= 0) throw queueTimeout(target.provider)
  return target
}

/** The header of the job there; `nowMs` is when it was admitted there. */
export function nextHeader({ startByMs: _, ...header }: JobHeader, next: Hop, nowMs: number): JobHeader {
  return {
    ...header,
    hop: next.hop,
    journey: next.journey,
    admittedAtMs: nowMs,
    ...startBy(nowMs, next.maxWaitMs, header.deadlineMs),
  }
}
