import type { Logger } from '#observability'
import type { RedisStore, Subscriptions } from '#store'
import type { ConsumeOptions, Consumer } from '../broker.ts'
import type { DrainRates } from '../drain-rate.ts'
import type { BrokerObserver } from '../observer.ts'
import { waitUntil } from '../wait-until.ts'
import { createConsumer, type RunningConsumer } from './consume.ts'
import type { Placing } from './hop.ts'
import type { Keys } from './keys.ts'
import { createKnownLimits } from './known-limits.ts'
import { keepLease, type LeaseKeeper } from './lease-keeper.ts'
import { createProducer } from './producer.ts'
import { createWorkerEnds } from './worker-ends.ts'

/** After the last terminal frame was written: how long its acknowledgement may take when the process ends. */
const settleLimitMs = 1_000
const closeLimitMs = 3_000

/** The consuming half of a broker. */
export type Workers = {
  consume(options: ConsumeOptions): Promise<Consumer>
  drain(graceMs: number): Promise<void>
  close(): Promise<void>
}

type Consuming = {
  readonly provider: string
  readonly consumer: RunningConsumer
  readonly lease: LeaseKeeper
}

/** A process that only submits opens none of these connections. */
export function createWorkers(shared: {
  readonly store: RedisStore
  readonly keys: Keys
  readonly logger: Logger
  readonly observer: BrokerObserver
  readonly process: string
  /** Of the provider's site. */
  subscriptionsOf(provider: string): Subscriptions
  readonly placing: Placing
  readonly rates: DrainRates
}): Workers {
  const { store, keys, logger, observer, placing, rates } = shared
  const worker = `worker-${shared.process}`
  const consumers: Consuming[] = []
  let closed = false
  const ends = createWorkerEnds({ ...shared, worker })
  const settings = createProducer((provider) => store.connections.consumer(provider), keys)

  return {
    async consume(options) {
      const { provider } = options
      const consumer = createConsumer(
        { store, keys, worker, observer, logger, placing, rates, ...ends.at(provider) },
        options,
      )
      const connection = store.connections.consumer(provider)
      const limits = createKnownLimits({ connection, keys, producer: settings, logger, ...options })
      const lease = keepLease({
        store,
        keys,
        provider,
        worker,
        logger,
        onSwept: () => consumer.checkStalled(),
        onRenewed: async () => {
          await limits.learn()
          await consumer.reclaimOrphans()
        },
      })
      consumers.push({ provider, consumer, lease })
      void limits
        .keep(lease.held, () => closed)
        .then(() => {
          if (!closed) consumer.start()
        })
      return consumer
    },
    async drain(graceMs) {
      const finished = new Set<Consuming>()
      for (const each of consumers) {
        const finish = () => finished.add(each)
        // A connection that is closed meanwhile brings no job any more either.
        each.consumer.finish().then(finish, finish)
      }
      // With the store away no fetch can bring a job, and none can be awaited.
      const isIdle = (each: Consuming) =>
        finished.has(each) || (!store.ready(each.provider) && each.consumer.running === 0)
      const idle = () => consumers.every(isIdle)
      await waitUntil(idle, graceMs)
      for (const { consumer } of consumers) consumer.abortAll()
      await waitUntil(idle, settleLimitMs)
      for (const { consumer } of consumers) consumer.giveUp()
      await ends.settled(settleLimitMs)
    },
    async close() {
      closed = true
      // With the store away a connection may never say goodbye.
      await Promise.race([
        Promise.all(consumers.map(({ consumer }) => consumer.close())),
        new Promise((resolve) => setTimeout(resolve, closeLimitMs).unref()),
      ])
      // A worker that leaves jobs behind keeps its lease until it lapses, so that others free their slots.
      await Promise.allSettled(
        consumers.map(({ provider, lease, consumer }) =>
          lease.stop(consumer.running === 0 && store.ready(provider)),
        ),
      )
      ends.close()
      await settings.close()
    },
  }
}
