import { GatewayError, type HopFrame, type JobHeader } from '#contract'
import { within } from '#store'
import type { Hop } from '../broker.ts'
import { storeUnavailable } from '../errors.ts'
import { type GoingOn, nextHeader, nextTarget } from '../go-on.ts'
import type { Admit } from './admission.ts'
import type { Enqueue } from './enqueue.ts'
import { type Place, placeOf } from './keys.ts'
import type { Withdrawals } from './withdrawals.ts'

/** Admission and enqueueing together take no longer than this while Redis hangs. */
const hopLimitMs = 1_000

/** What a process needs to put requests into queues. */
export type Placing = {
  readonly admit: Admit
  readonly enqueue: Enqueue
  readonly withdrawals: Withdrawals
  /** Whether both providers' times are by one clock. */
  sameClock(one: string, other: string): boolean
}

export type GoingOnWithBody = GoingOn & { readonly body: Uint8Array }

/**
 * Enqueues a request that is in a worker's hands at another target of its plan; resolves with the frame that tells the
 * API pod. Until then nothing has changed for the caller, and a hop that fails leaves nothing behind that would run.
 */
export async function enqueueHop(placing: Placing, job: GoingOnWithBody, next: Hop): Promise<HopFrame> {
  const { header, signal } = job
  const { provider, model } = nextTarget(job, next.hop)
  const place = placeOf(header, provider, next.hop)
  const givenUp = new AbortController()
  const stop = AbortSignal.any([signal, givenUp.signal])
  try {
    const { startByMs } = await within(hopLimitMs, move(placing, job, next, place, stop), 'Redis')
    // Whoever left meanwhile may have looked for it before it was there.
    signal.throwIfAborted()
    const target = { provider, model }
    return { type: 'hop', hop: next.hop, target, ...(startByMs !== undefined && { startByMs }) }
  } catch (error) {
    givenUp.abort(error)
    if (GatewayError.is(error) && error.kind === 'queue-full') throw error
    // On the connection that sent it, so that it is the last word whatever has become of it.
    const withdrawn = placing.withdrawals.withdraw(place)
    if (!signal.aborted) throw GatewayError.is(error) ? error : storeUnavailable(error)
    await within(hopLimitMs, withdrawn, 'Redis').catch(() => 'unknown')
    throw GatewayError.from(signal.reason)
  }
}

async function move(
  { admit, enqueue, sameClock }: Placing,
  { header, body, remainingMs }: GoingOnWithBody,
  next: Hop,
  place: Place,
  stop: AbortSignal,
): Promise<JobHeader> {
  const { tenantShare = 1, limits } = next
  const { nowMs, priority } = await admit({
    ...place,
    priority: header.priority,
    limits,
    lifetimeMs: Math.max(remainingMs(), 0) + (header.peek.stream ? header.streamTotalMs : 0),
    tenantShare,
  })
  stop.throwIfAborted()
  const here = header.plan[header.hop]?.provider
  const isSame = here === undefined || sameClock(here, place.provider)
  const deadlineMs = isSame ? header.deadlineMs : nowMs + remainingMs()
  const newHeader = nextHeader({ ...header, deadlineMs }, next, nowMs)
  const shared = tenantShare < 1
  await enqueue({ place, header: newHeader, body, upload: false, shared, priority, delayMs: 0 })
  return newHeader
}
