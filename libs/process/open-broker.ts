import { type Config, redisAddressOf } from '#config'
import { createQueueObserver, type Logger, type Metrics } from '#observability'
import { type Broker, createMemoryBroker } from '#queue'
import { createMemoryStore, type Store } from '#store'

/** A broker, the store beside it, and all that was opened for them. */
export type OpenBroker = { readonly broker: Broker; readonly store: Store; close(): Promise<void> }

/** The broker and the store that the configuration asks for: BullMQ and Redis where it names one, else in memory. */
export async function openBroker(options: {
  readonly config: Config
  readonly logger: Logger
  readonly metrics: Metrics
}): Promise<OpenBroker> {
  const { config, logger } = options
  const observer = createQueueObserver(options.metrics)
  const address = redisAddressOf(config.queue)
  if (address === undefined) {
    const store = createMemoryStore()
    const broker = createMemoryBroker({ logger, observer, windows: store.windows })
    return opened(broker, store)
  }
  const { keyPrefix } = config.queue
  const providers = Object.keys(config.providers)
  // A fifth of all modules: loaded where a Redis is configured only.
  const [{ createRedisBroker }, { createRedisStore }] = await Promise.all([
    import('#queue/redis'),
    import('#store/redis'),
  ])
  const store = createRedisStore({ url: address, providers, keyPrefix, logger })
  const broker = createRedisBroker({ store, logger, observer, windows: store.windows })
  return opened(broker, store)
}

/** Closed together, the store last. */
export function opened(broker: Broker, store: Store): OpenBroker {
  return {
    broker,
    store,
    async close() {
      await broker.close()
      await store.close()
    },
  }
}
