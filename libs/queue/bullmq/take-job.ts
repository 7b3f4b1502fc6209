import type { Job } from 'bullmq'
import type { Redis } from 'ioredis'
import { GatewayError, isJsonObject, type JobHeader, type RetryState } from '#contract'
import type { StoreClock } from '#store'
import type { Delivery } from '../broker.ts'
import { decodeHeader, type JobData, type RunKey } from '../codec.ts'
import { createReplyWriter } from '../reply-writer.ts'
import { enqueueHop, type Placing } from './hop.ts'
import type { Keys } from './keys.ts'
import type { ReplyOutbox } from './reply-outbox.ts'
import type { UploadInbox } from './upload-inbox.ts'

/** What of a header must be readable whatever its version: enough to answer. */
export type ReturnAddress = RunKey & { readonly replyTo: string }

/** Where a job's answer goes, and in which run of it we are. */
export function returnAddress(job: Job<JobData>): ReturnAddress {
  const { requestId, hop, replyTo } = job.data.header
  return { requestId, hop, replyTo, run: job.stalledCounter }
}

/** A BullMQ job as a delivery. Throws GatewayError when its header or its body cannot be read. */
export async function takeJob(options: {
  readonly job: Job<JobData>
  readonly provider: string
  readonly connection: Redis
  readonly keys: Keys
  readonly clock: StoreClock
  readonly outbox: ReplyOutbox
  readonly uploads: UploadInbox
  readonly signal: AbortSignal
  readonly placing: Placing
}): Promise<Delivery> {
  const { job, provider, clock, outbox, signal } = options
  const takenAtMs = clock.nowMs()
  const header = decodeHeader(job.data.header)
  const target = header.plan[header.hop]
  if (target === undefined)
    throw new Error(`the plan of request ${header.requestId} has no target ${header.hop}`)
  const address = returnAddress(job)
  const body = await readBody(options, header)
  const remainingMs = () => header.deadlineMs - clock.nowMs()
  const reply = createReplyWriter(outbox.open(address, header.replyTo))
  return {
    header,
    target,
    body,
    ...(job.data.upload === true && { upload: options.uploads.open(address, signal) }),
    run: job.stalledCounter,
    retryState: retryStateOf(job.progress),
    queueMs: Math.max(takenAtMs - header.admittedAtMs, 0),
    remainingMs,
    signal,
    reply,
    async hop(next) {
      const hasUpload = job.data.upload === true
      const goingOn = { header, body, hasUpload, reply, signal, remainingMs }
      reply.hop(await enqueueHop(options.placing, goingOn, next))
    },
  }

  async function readBody(
    { connection, keys }: typeof options,
    { requestId }: JobHeader,
  ): Promise<Uint8Array> {
    if (job.data.body !== undefined) return Buffer.from(job.data.body, 'utf8')
    const body = await connection.getBuffer(keys.body(provider, String(job.id)))
    if (body !== null) return body
    throw new GatewayError({
      kind: 'timeout',
      code: 'queue_timeout',
      message: `The body of request ${requestId} has expired in the queue store; the request waited too long.`,
    })
  }
}

/** BullMQ's progress field is the one small field of a job that can be written without touching its body. */
function retryStateOf(progress: unknown): RetryState | undefined {
  return isJsonObject(progress) ? (progress['retryState'] as RetryState | undefined) : undefined
}
