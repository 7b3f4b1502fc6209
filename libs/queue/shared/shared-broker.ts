import type { Channel } from '#store/shared'
import type { Broker } from '../broker.ts'
import { type BrokerOverOptions, createBrokerOver } from '../memory/broker-over.ts'
import { createRemoteQueues } from './remote-queues.ts'

/** The broker of a process that answers what it takes in, in the turns that another process gives (`owner.ts`). */
export function createSharedBroker(options: BrokerOverOptions & { readonly channel: Channel }): Broker {
  return createBrokerOver(createRemoteQueues(options.channel), options)
}
