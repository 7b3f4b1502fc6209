import type { Windows } from '#store'
import type { Broker } from '../broker.ts'
import { type BrokerOverOptions, createBrokerOver } from './broker-over.ts'
import { createQueues } from './queues.ts'

export type MemoryBrokerOptions = BrokerOverOptions & {
  /** Counts the jobs that end, for Retry-After and depths; without it both know no rate. */
  readonly windows?: Windows
}

/** The broker of one process: the same promises, without Redis and without copies. */
export function createMemoryBroker(options: MemoryBrokerOptions): Broker {
  return createBrokerOver(createQueues(options.windows), options)
}
