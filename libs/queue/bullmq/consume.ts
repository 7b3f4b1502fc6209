import { Worker } from 'bullmq'
import type { ConsumeOptions, Consumer } from '../broker.ts'
import type { JobData } from '../codec.ts'
import { lockLost, outcomeUnknown, workerDraining } from '../errors.ts'
import type { ConsumerOptions } from './consumer-options.ts'
import { createInHand } from './in-hand.ts'
import { createOrphans } from './orphans.ts'
import { createProcessor } from './processor.ts'

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

/**
 * The cap is the queue's own, over all workers. A worker's would be a second one that follows a raised one late: BullMQ
 * looks at it again only when a job of that worker has ended.
 */
const localConcurrency = 1_000_000

/** A worker beside the broker's own Consumer face. */
export type RunningConsumer = Consumer & {
  start(): void
  /** Frees the slots of jobs whose locks are gone, now instead of at the next interval. */
  checkStalled(): Promise<void>
  /** After a lost connection: gives back jobs that are ours in Redis and that we were never handed. */
  reclaimOrphans(): Promise<void>
  abortAll(): void
  /** Answers what is still in hand as of unknown outcome: its processor does not come back. */
  giveUp(): void
  /** Takes no more jobs; resolves when nothing is in hand and no fetch is under way that could still bring one. */
  finish(): Promise<void>
  close(): Promise<void>
}

export function createConsumer(shared: ConsumerOptions, options: ConsumeOptions): RunningConsumer {
  const { store, keys, logger } = shared
  const { provider } = options
  const connection = store.connections.consumer(provider)
  const inHand = createInHand()

  const { processor, failAt } = createProcessor(shared, options, inHand)
  const worker = new Worker<JobData>(keys.queueName(provider), processor, {
    ...settings,
    connection,
    prefix: keys.bullPrefix,
    name: shared.worker,
    concurrency: localConcurrency,
  })
  worker.on('error', (error) => logger.debug({ provider, error }, 'queue worker error'))
  worker.on('lockRenewalFailed', (jobIds: string[]) => {
    for (const jobId of jobIds) inHand.abort(jobId, lockLost())
  })
  worker.on('completed', (job) => {
    inHand.completed(String(job.id))
    // A worker that ends leaves its slot without fetching the next job: others that sleep at the cap must look.
    if (worker.isPaused()) wakeOthers()
  })
  worker.on('failed', (job) => inHand.completed(String(job?.id)))
  const orphans = createOrphans({
    connection,
    keys,
    provider,
    worker: shared.worker,
    holds: (jobId) => inHand.holds(jobId),
  })

  function wakeOthers(): void {
    connection.zadd(keys.bull(provider, 'marker'), 0, '0').catch((error: unknown) => {
      logger.debug({ provider, error }, 'other workers were not woken')
    })
  }

  return {
    start: () => {
      worker.run().catch((error: unknown) => logger.error({ provider, error }, 'queue worker ended'))
    },
    checkStalled: async () => {
      await worker.getBackend().moveStalledJobsToWait()
    },
    async reclaimOrphans() {
      const reclaimed = await orphans.look()
      if (reclaimed === 0) return
      logger.warn({ provider, jobs: reclaimed }, 'gave back jobs that a lost connection had left in our name')
      await worker.getBackend().moveStalledJobsToWait()
    },
    pause: () => worker.pause(true),
    get running() {
      return inHand.runs.length
    },
    abortAll: () => {
      for (const one of inHand.runs) one.abort(workerDraining())
    },
    giveUp: () => {
      for (const { address } of inHand.runs) failAt(address, outcomeUnknown())
    },
    finish: () => worker.pause(),
    async close() {
      orphans.close()
      await worker.close(inHand.runs.length > 0)
    },
  }
}
