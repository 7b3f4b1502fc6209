import { GatewayError, type HopFrame, type JobHeader, jobVersion } from '#contract'
import { type RedisStore, within } from '#store'
import type { Reply, Submission } from '../broker.ts'
import { queueTimeout, replyTimeout, storeUnavailable, waitedTooLong } from '../errors.ts'
import { startBy } from '../start-by.ts'
import type { Placing } from './hop.ts'
import { type Place, placeOf } from './keys.ts'
import type { ReplyHub } from './reply-hub.ts'
import { createStartClock } from './start-clock.ts'
import type { UploadSender } from './upload-sender.ts'
import type { Waiting } from './waiting.ts'

/** Admission and enqueueing together take no longer than this while Redis hangs. */
const submitLimitMs = 1_000
/** How long after its deadline a worker's own last word may still be on its way. */
const graceMs = 500
const withdrawLimitMs = 300

export type SubmitOptions = {
  readonly store: Pick<RedisStore, 'clockOf'>
  readonly placing: Placing
  readonly hub: ReplyHub
  uploadsOf(provider: string): UploadSender
}

/** Admits, listens, enqueues; see Broker.submit. */
export function createSubmit(options: SubmitOptions): (submission: Submission) => Promise<Reply> {
  const { hub, uploadsOf, store } = options
  const { withdrawals } = options.placing
  return async (submission) => {
    const { header, upload } = submission
    const { requestId, plan } = header
    const { provider } = targetOf(submission, header.hop)
    if (!hub.listening(provider)) throw storeUnavailable(undefined)
    const place = placeOf(header, provider, header.hop)
    let deadline: NodeJS.Timeout | undefined
    const start = createStartClock(withdrawals, ({ provider: at }) => waiting.fail(waitedTooLong(at)))
    const endUpload = uploadsOf(provider).offer(requestId, upload)
    const settle = () => {
      clearTimeout(deadline)
      start.stop()
      endUpload()
    }
    const waiting = hub.open(requestId, provider, {
      firstHop: header.hop,
      onHop,
      onLeft: () => {
        settle()
        void withdrawals.withdraw(placeNow())
      },
      onDone: settle,
    })
    const givenUp = new AbortController()
    try {
      await within(submitLimitMs, admitAndEnqueue(options, submission, place, givenUp.signal), 'Redis')
    } catch (error) {
      givenUp.abort(error)
      waiting.drop()
      endUpload()
      if (!isQueueFull(error)) void withdrawals.withdraw(place)
      throw GatewayError.is(error) ? error : storeUnavailable(error)
    }
    if (!waiting.ended) deadline = setTimeout(expire, submission.timeoutMs + graceMs)
    if (waiting.hop === header.hop) start.arm(place, allowedWaitMs(submission))
    return waiting.reply

    /** Where it is now, as far as its frames have said. */
    function placeNow(): Place {
      return placeOf(header, plan[waiting.hop]?.provider ?? provider, waiting.hop)
    }

    /** It waits anew, at another target. */
    function onHop({ startByMs }: HopFrame): void {
      const now = placeNow()
      start.arm(now, startByMs === undefined ? undefined : startByMs - store.clockOf(now.provider).nowMs())
    }

    /** Nobody answered: what is still queued has waited too long, what runs is stopped. A stream that began goes on. */
    async function expire(): Promise<void> {
      if (header.peek.stream && waiting.begun) return bound(waiting)
      const waitingAt = placeNow()
      // A store that hangs must not make the caller wait: the withdrawal goes on without us.
      const withdrawal = withdrawals.withdraw(waitingAt)
      const found = await within(withdrawLimitMs, withdrawal, 'Redis').catch(() => 'unknown')
      waiting.fail(found === 'queued' ? queueTimeout(waitingAt.provider) : replyTimeout())
    }

    function bound(stream: Waiting): void {
      deadline = setTimeout(() => stream.fail(replyTimeout()), header.streamTotalMs + graceMs)
    }
  }
}

function targetOf({ header }: Submission, hop: number) {
  const target = header.plan[hop]
  if (target === undefined) throw new Error(`the plan of request ${header.requestId} has no target ${hop}`)
  return target
}

/** How long it may wait for its first start, where that ends before its deadline. */
function allowedWaitMs({ maxWaitMs, timeoutMs }: Submission): number | undefined {
  return maxWaitMs !== undefined && maxWaitMs < timeoutMs ? maxWaitMs : undefined
}

async function admitAndEnqueue(
  { placing, hub }: SubmitOptions,
  submission: Submission,
  place: Place,
  givenUp: AbortSignal,
): Promise<void> {
  const { header, limits, timeoutMs, tenantShare = 1 } = submission
  const { nowMs, priority } = await placing.admit({
    ...place,
    priority: header.priority,
    limits,
    lifetimeMs: timeoutMs + (header.peek.stream ? header.streamTotalMs : 0),
    tenantShare,
  })
  // Redis thawed after its caller was told: the withdrawal is on its way already, and must be the last word.
  givenUp.throwIfAborted()
  const deadlineMs = nowMs + timeoutMs
  const jobHeader: JobHeader = {
    ...header,
    version: jobVersion,
    admittedAtMs: nowMs,
    deadlineMs,
    ...startBy(nowMs, submission.maxWaitMs, deadlineMs),
    replyTo: hub.pod,
  }
  await placing.enqueue({
    place,
    header: jobHeader,
    body: submission.body,
    upload: submission.upload !== undefined,
    shared: tenantShare < 1,
    priority,
    delayMs: submission.delayMs ?? 0,
  })
}

function isQueueFull(error: unknown): boolean {
  return GatewayError.is(error) && error.kind === 'queue-full'
}
