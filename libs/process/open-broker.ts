import type { Config } from '#config'
import { createQueueObserver, type Logger, type Metrics } from '#observability'
import { type Broker, createMemoryBroker, createRedisBroker } from '#queue'
import { createRedisStore } from '#store'

/** A broker and all that was opened for it. */
export type OpenBroker = { readonly broker: Broker; close(): Promise<void> }

/** The broker that the configuration asks for: BullMQ where it names a Redis, else in memory. */
export function openBroker(options: {
  readonly config: Config
  readonly logger: Logger
  readonly metrics: Metrics
}): OpenBroker {
  const { config, logger } = options
  const observer = createQueueObserver(options.metrics)
  const { redisUrl, keyPrefix } = config.queue
  if (redisUrl === undefined) {
    const broker = createMemoryBroker({ logger, observer })
    return { broker, close: () => broker.close() }
  }
  const store = createRedisStore({ url: redisUrl, keyPrefix, logger })
  const broker = createRedisBroker({ store, logger, observer })
  return {
    broker,
    async close() {
      await broker.close()
      await store.close()
    },
  }
}
