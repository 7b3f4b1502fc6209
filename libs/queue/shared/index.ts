/** Queues that one process owns for others. Its own door: one process alone never loads it. */
export { createQueueOwner, type QueueOwner } from './owner.ts'
export { createSharedBroker } from './shared-broker.ts'
