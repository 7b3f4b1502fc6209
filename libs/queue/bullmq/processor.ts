import { DelayedError, type Job } from 'bullmq'
import { GatewayError } from '#contract'
import type { ConsumeOptions, Outcome } from '../broker.ts'
import type { JobData } from '../codec.ts'
import { deliver } from '../deliver.ts'
import { lockLost } from '../errors.ts'
import { bullPriority, frontTag } from '../fair-tags.ts'
import { createReplyWriter } from '../reply-writer.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import type { InHand } from './in-hand.ts'
import { findNextHop } from './next-hop.ts'
import { type ReturnAddress, returnAddress, takeJob } from './take-job.ts'

export type Processor = {
  /** What BullMQ calls for each job: resolves when the answer was handed to the connection, with nothing to store. */
  processor(job: Job<JobData>, token: string | undefined): Promise<void>
  /** The last word of a run that has no delivery, or whose delivery is not heard of again. */
  failAt(address: ReturnAddress, error: GatewayError): void
}

/** Between BullMQ and the consumer's `process`: takes a job, has it processed, gives its place back. */
export function createProcessor(shared: ConsumerOptions, options: ConsumeOptions, inHand: InHand): Processor {
  const { store, keys, outbox, inbox, uploads, observer, placing, rates, logger } = shared
  const { provider } = options
  const connection = store.connections.consumer(provider)

  async function run(job: Job<JobData>, signal: AbortSignal): Promise<Outcome> {
    const address = returnAddress(job)
    if (address.run > 0) observer.stalled(provider)
    try {
      const hop = address.run > 0 ? await findNextHop(shared, job) : undefined
      if (hop !== undefined) {
        createReplyWriter(outbox.open(address, address.replyTo)).hop(hop)
        return { type: 'done' }
      }
      const delivery = await takeJob({
        job,
        provider,
        connection,
        keys,
        clock: store.clockOf(provider),
        outbox,
        uploads,
        signal,
        placing,
      })
      observer.waited(provider, delivery.queueMs)
      return await deliver(delivery, options.process, (error) => {
        logger.error({ provider, requestId: address.requestId, error }, 'processing a job failed')
      })
    } catch (error) {
      if (!GatewayError.is(error))
        logger.error({ provider, requestId: address.requestId, error }, 'taking a job failed')
      failAt(address, GatewayError.from(error))
      return { type: 'done' }
    }
  }

  function failAt(address: ReturnAddress, error: GatewayError): void {
    createReplyWriter(outbox.open(address, address.replyTo)).fail({ error: error.toData(), attempts: [] })
  }

  // Two declared parameters: with a third BullMQ makes a signal for each job, which only its `cancelJob` would ever abort.
  async function processor(job: Job<JobData>, token: string | undefined): Promise<void> {
    const jobId = String(job.id)
    const controller = new AbortController()
    const { requestId } = job.data.header
    const unwatch = inbox.watch(requestId, (reason) => controller.abort(reason))
    const thisRun = { address: returnAddress(job), abort: (reason: GatewayError) => controller.abort(reason) }
    inHand.start(jobId, thisRun, lockLost)
    let completes = true
    try {
      const outcome = await run(job, controller.signal)
      if (outcome.type === 'delayed') {
        completes = false
        await delay(job, token, outcome)
      }
      await outbox.flushed()
      rates.ended(provider)
      release(job, jobId)
    } finally {
      unwatch()
      if (job.data.upload === true) uploads.end(returnAddress(job))
      inHand.finish(jobId, thisRun, completes)
    }
  }

  /** Frees the slot and comes back later; the reservation stays. */
  async function delay(
    job: Job<JobData>,
    token: string | undefined,
    outcome: Extract<Outcome, { type: 'delayed' }>,
  ): Promise<never> {
    outbox.forget(returnAddress(job))
    // It has had its turn: when it comes back it is the first in its line.
    const { priority } = job.data.header
    const front = connection.hset(
      keys.bull(provider, String(job.id)),
      'priority',
      bullPriority(priority, frontTag),
    )
    await Promise.all([front, job.updateProgress({ retryState: outcome.retryState })])
    await job.moveToDelayed(Date.now() + outcome.delayMs, token)
    throw new DelayedError()
  }

  /** Gives the place back. Sent again after an outage: repeating it changes nothing. */
  function release(job: Job<JobData>, jobId: string): void {
    // Plain commands: building one of ioredis's pipelines costs more than sending them.
    const released = [connection.zrem(keys.admitted(provider), jobId)]
    if (job.data.shared === true)
      released.push(connection.zrem(keys.tenant(provider, job.data.header.tenant), jobId))
    if (job.data.body === undefined) released.push(connection.unlink(keys.body(provider, jobId)))
    Promise.all(released).catch((error: unknown) => {
      logger.warn({ provider, error }, 'a reservation was not released')
    })
  }

  return { processor, failAt }
}
