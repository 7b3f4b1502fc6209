/**
 * Carries requests from API pods to workers and answers back: one Broker interface, two rooms. The one that is the only
 * door to bullmq has a door of its own, `#queue/redis`, which is opened late: only where a Redis is configured.
 */

export { type Bag, createBag } from './bag.ts'
export type {
  Broker,
  ConsumeOptions,
  Consumer,
  Delivery,
  Hop,
  NewJobHeader,
  Outcome,
  QueueDepth,
  QueueLimits,
  Reply,
  ReplyWriter,
  Submission,
} from './broker.ts'
export { createMemoryBroker, type MemoryBrokerOptions } from './memory/index.ts'
export type { BrokerObserver } from './observer.ts'
