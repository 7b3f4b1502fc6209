import { DelayedError, type Job, Worker } from 'bullmq'
import { GatewayError } from '#contract'
import type { Logger } from '#observability'
import type { RedisStore } from '#store'
import type { ConsumeOptions, Consumer, Outcome } from '../broker.ts'
import type { JobData } from '../codec.ts'
import { deliver } from '../deliver.ts'
import { lockLost, outcomeUnknown, workerDraining } from '../errors.ts'
import type { BrokerObserver } from '../observer.ts'
import { createReplyWriter } from '../reply-writer.ts'
import type { ControlInbox } from './control-inbox.ts'
import type { Keys } from './keys.ts'
import type { ReplyOutbox } from './reply-outbox.ts'
import { type ReturnAddress, returnAddress, takeJob } from './take-job.ts'

/*
 * One provider's BullMQ worker. Its settings, each learnt by measurement (docs/decisions):
 *
 *   lock 60 s, renewed every 10 s   a Redis outage of 30 s must not make jobs look stalled; dead workers are found by
 *                                   their lease instead
 *   stalled check every second      frees what the sweep has unlocked
 *   maxStalledCount 1000            a job taken from a dead worker is never failed by BullMQ: the next worker answers it
 *   runRetryDelay 500 ms            how soon it is back after an outage
 */
const settings = {
  lockDuration: 60_000,
  lockRenewTime: 10_000,
  stalledInterval: 1_000,
  maxStalledCount: 1_000,
  runRetryDelay: 500,
  autorun: false,
} as const

/** A worker beside the broker's own Consumer face. */
export type RunningConsumer = Consumer & {
  start(): void
  /** Frees the slots of jobs whose locks are gone, now instead of at the next interval. */
  checkStalled(): Promise<void>
  abortAll(): void
  /** Answers what is still in hand as of unknown outcome: its processor does not come back. */
  giveUp(): void
  close(): Promise<void>
}

type InHand = { readonly controller: AbortController; readonly address: ReturnAddress }

export type ConsumerOptions = {
  readonly store: RedisStore
  readonly keys: Keys
  /** Lease id of this process, under which BullMQ notes who has a job. */
  readonly worker: string
  readonly outbox: ReplyOutbox
  readonly inbox: ControlInbox
  readonly observer: BrokerObserver
  readonly logger: Logger
}

export function createConsumer(shared: ConsumerOptions, options: ConsumeOptions): RunningConsumer {
  const { store, keys, outbox, inbox, observer, logger } = shared
  const { provider } = options
  const connection = store.connections.consumer(provider)
  const running = new Map<string, InHand>()

  async function run(job: Job<JobData>, signal: AbortSignal): Promise<Outcome> {
    const address = returnAddress(job)
    if (address.run > 0) observer.stalled(provider)
    try {
      const delivery = await takeJob({ job, provider, connection, keys, clock: store.clock, outbox, signal })
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

  /** The last word of a run that has no delivery, or whose delivery is not heard of again. */
  function failAt(address: ReturnAddress, error: GatewayError): void {
    createReplyWriter(outbox.open(address, address.replyTo)).fail({ error: error.toData(), attempts: [] })
  }

  // Three declared parameters: with fewer BullMQ hands out no signal.
  async function processor(
    job: Job<JobData>,
    token: string | undefined,
    bullSignal?: AbortSignal,
  ): Promise<void> {
    const jobId = String(job.id)
    const controller = new AbortController()
    bullSignal?.addEventListener('abort', () => controller.abort(lockLost()))
    const { requestId } = job.data.header
    const unwatch = inbox.watch(requestId, (reason) => controller.abort(reason))
    // Taken from ourselves: our lock was lost and nobody told us, so the earlier run is not ours any more.
    running.get(jobId)?.controller.abort(lockLost())
    const inHand = { controller, address: returnAddress(job) }
    running.set(jobId, inHand)
    try {
      const outcome = await run(job, controller.signal)
      if (outcome.type === 'delayed') return await delay(job, token, outcome)
      await outbox.flushed()
      release(job, jobId)
    } finally {
      unwatch()
      if (running.get(jobId) === inHand) running.delete(jobId)
    }
  }

  /** Frees the slot and comes back later; the reservation stays. */
  async function delay(
    job: Job<JobData>,
    token: string | undefined,
    outcome: Extract<Outcome, { type: 'delayed' }>,
  ): Promise<never> {
    outbox.forget(returnAddress(job))
    await job.updateProgress({ retryState: outcome.retryState })
    await job.moveToDelayed(Date.now() + outcome.delayMs, token)
    throw new DelayedError()
  }

  /** Gives the place back. Sent again after an outage: repeating it changes nothing. */
  function release(job: Job<JobData>, jobId: string): void {
    // Two plain commands: building one of ioredis's pipelines costs more than sending them.
    const released = [connection.zrem(keys.admitted(provider), job.data.header.requestId)]
    if (job.data.body === undefined) released.push(connection.unlink(keys.body(provider, jobId)))
    Promise.all(released).catch((error: unknown) => {
      logger.warn({ provider, error }, 'a reservation was not released')
    })
  }

  const worker = new Worker<JobData>(keys.queueName(provider), processor, {
    ...settings,
    connection,
    prefix: keys.bullPrefix,
    name: shared.worker,
    concurrency: options.limits.concurrency,
  })
  worker.on('error', (error) => logger.debug({ provider, error }, 'queue worker error'))
  worker.on('lockRenewalFailed', (jobIds: string[]) => {
    for (const jobId of jobIds) running.get(jobId)?.controller.abort(lockLost())
  })

  return {
    start: () => {
      worker.run().catch((error: unknown) => logger.error({ provider, error }, 'queue worker ended'))
    },
    checkStalled: async () => {
      await worker.getBackend().moveStalledJobsToWait()
    },
    pause: () => worker.pause(true),
    get running() {
      return running.size
    },
    abortAll: () => {
      for (const { controller } of running.values()) controller.abort(workerDraining())
    },
    giveUp: () => {
      for (const { address } of running.values()) failAt(address, outcomeUnknown())
    },
    close: () => worker.close(running.size > 0),
  }
}
