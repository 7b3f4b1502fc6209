/** Carries requests from API pods to workers and answers back: one Broker interface, two rooms. The only door to bullmq. */

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
export { createRedisBroker, type RedisBrokerOptions } from './bullmq/index.ts'
export { createMemoryBroker, type MemoryBrokerOptions } from './memory/index.ts'
export type { BrokerObserver } from './observer.ts'
