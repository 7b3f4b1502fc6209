import type { Redis } from 'ioredis'
import { GatewayError, type JobHeader, jobVersion } from '#contract'
import { loadScript, type StoreClock, within } from '#store'
import type { Reply, Submission } from '../broker.ts'
import { encodeInlineBody, type JobData } from '../codec.ts'
import { queueFull, queueTimeout, replyTimeout, storeUnavailable } from '../errors.ts'
import { jobIdOf, type Keys } from './keys.ts'
import type { Producer } from './producer.ts'
import type { ReplyHub } from './reply-hub.ts'
import type { UploadSender } from './upload-sender.ts'
import type { Waiting } from './waiting.ts'
import type { Withdrawals } from './withdrawals.ts'

const admitScript = loadScript('./lua/admit.lua', import.meta.url)

/** Admission and enqueueing together take no longer than this while Redis hangs. */
const submitLimitMs = 1_000
/** How long after its deadline a worker's own last word may still be on its way. */
const graceMs = 500
const withdrawLimitMs = 300
/** A body outlives its job's deadline by this much. */
const bodyMarginMs = 60_000

export type SubmitOptions = {
  readonly connection: Redis
  readonly keys: Keys
  readonly clock: StoreClock
  readonly producer: Producer
  readonly hub: ReplyHub
  readonly uploads: UploadSender
  readonly withdrawals: Withdrawals
}

/** Admits, listens, enqueues; see Broker.submit. */
export function createSubmit(options: SubmitOptions): (submission: Submission) => Promise<Reply> {
  const { hub, uploads, withdrawals } = options
  return async (submission) => {
    const { requestId, hop, plan } = submission.header
    const { upload } = submission
    const provider = plan[hop]?.provider
    if (provider === undefined) throw new Error(`the plan of request ${requestId} has no target ${hop}`)
    if (!hub.listening) throw storeUnavailable(undefined)
    const place = { provider, requestId, jobId: jobIdOf(requestId, hop) }
    let deadline: NodeJS.Timeout | undefined
    const endUpload = uploads.offer(requestId, upload)
    const waiting = hub.open(requestId, {
      onLeft: () => {
        clearTimeout(deadline)
        endUpload()
        void withdrawals.withdraw(place)
      },
      onDone: () => {
        clearTimeout(deadline)
        endUpload()
      },
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
    return waiting.reply

    /** Nobody answered: what is still queued has waited too long, what runs is stopped. A stream that began goes on. */
    async function expire(): Promise<void> {
      if (submission.header.peek.stream && waiting.begun) return bound(waiting)
      // A store that hangs must not make the caller wait: the withdrawal goes on without us.
      const found = await within(withdrawLimitMs, withdrawals.withdraw(place), 'Redis').catch(() => 'unknown')
      waiting.fail(found === 'queued' ? queueTimeout(place.provider) : replyTimeout())
    }

    function bound(stream: Waiting): void {
      deadline = setTimeout(() => stream.fail(replyTimeout()), submission.header.streamTotalMs + graceMs)
    }
  }
}

async function admitAndEnqueue(
  options: SubmitOptions,
  submission: Submission,
  place: { readonly provider: string; readonly requestId: string; readonly jobId: string },
  givenUp: AbortSignal,
): Promise<void> {
  const { connection, keys, producer } = options
  const admittedAtMs = await admit(options, submission, place)
  // Redis thawed after its caller was told: the withdrawal is on its way already, and must be the last word.
  givenUp.throwIfAborted()
  const deadlineMs = admittedAtMs + submission.timeoutMs
  const header: JobHeader = {
    ...submission.header,
    version: jobVersion,
    admittedAtMs,
    deadlineMs,
    replyTo: options.hub.pod,
  }
  const inline = encodeInlineBody(submission.body)
  const data: JobData = {
    header,
    ...(inline !== undefined && { body: inline }),
    ...(submission.upload !== undefined && { upload: true }),
  }
  // On one connection the body is there before the job that needs it.
  const stored =
    inline === undefined
      ? connection.set(
          keys.body(place.provider, place.jobId),
          Buffer.from(submission.body),
          'PX',
          submission.timeoutMs + bodyMarginMs,
        )
      : undefined
  const added = producer.add({
    ...place,
    data,
    priority: header.priority,
    delayMs: submission.delayMs ?? 0,
  })
  await Promise.all([stored, added])
}

/** Reserves a place; returns the store's time of it. */
async function admit(
  { connection, keys, clock }: SubmitOptions,
  submission: Submission,
  { provider, requestId }: { readonly provider: string; readonly requestId: string },
): Promise<number> {
  const { limits, timeoutMs, header } = submission
  const lifetimeMs = timeoutMs + (header.peek.stream ? header.streamTotalMs : 0)
  const sentMs = performance.now()
  const reply = await admitScript.run(
    connection,
    [keys.admitted(provider), keys.limits(provider)],
    [requestId, lifetimeMs, limits.concurrency, limits.bufferSize],
  )
  const [admitted, nowMs] = reply as [0 | 1, number]
  clock.observe(nowMs, sentMs, performance.now())
  if (admitted === 0) throw queueFull(provider)
  return nowMs
}

function isQueueFull(error: unknown): boolean {
  return GatewayError.is(error) && error.kind === 'queue-full'
}
