/** The worker tier: takes jobs from the queues, asks providers, sends the answers back. */
export { createWorkerTier, type WorkerTier, type WorkerTierOptions } from './create-worker-tier.ts'
