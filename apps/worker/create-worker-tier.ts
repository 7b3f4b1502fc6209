import { randomBytes } from 'node:crypto'
import type { Config } from '#config'
import type { Logger, Metrics } from '#observability'
import type { Broker } from '#queue'
import { createOwners, type Store } from '#store'
import { createProviderSetups, type WorkerContext } from './context.ts'
import { processJob } from './process-job.ts'
import { createTraffic } from './traffic.ts'

export type WorkerTierOptions = {
  readonly config: Config
  readonly broker: Broker
  /** Belongs to the caller, as the broker does. */
  readonly store: Store
  readonly logger: Logger
  readonly metrics: Metrics
  /** In [0, 1); absent = Math.random. */
  readonly random?: () => number
}

/** The tier that takes jobs and asks providers. */
export type WorkerTier = {
  /** Starts taking the jobs of every configured provider. */
  start(): Promise<void>
  /** Takes no more jobs and waits for those in hand, at most `graceMs`; then they end with `draining`. */
  drain(graceMs: number): Promise<void>
  /** Drops the connections to providers. The broker is its owner's to close. */
  close(): Promise<void>
  /** `taking` from the end of `start` to the beginning of `drain`. */
  readonly state: 'starting' | 'taking' | 'draining'
}

export function createWorkerTier(options: WorkerTierOptions): WorkerTier {
  const { config, broker, store, logger, metrics } = options
  const providers = createProviderSetups(config)
  const { queue, routing } = config
  const traffic = createTraffic({ store, routing, logger })
  const context: WorkerContext = {
    providers,
    queue,
    routing,
    store,
    owners: createOwners(store.records),
    traffic,
    logger,
    metrics,
    newSuffix: () => randomBytes(12).toString('base64url'),
    random: options.random ?? Math.random,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
  }
  let state: WorkerTier['state'] = 'starting'
  return {
    async start() {
      await store.facts.follow(Object.keys(config.providers))
      await Promise.all(
        Object.values(config.providers).map(({ id, concurrency, bufferSize }) =>
          broker.consume({
            provider: id,
            limits: { concurrency, bufferSize },
            process: (delivery) => processJob(context, delivery),
          }),
        ),
      )
      state = 'taking'
    },
    async drain(graceMs) {
      state = 'draining'
      await broker.drain(graceMs)
    },
    async close() {
      traffic.breakers.close()
      await Promise.all(
        [...providers.values()].flatMap(({ transport, connector }) => [
          transport.close(),
          connector?.close(),
        ]),
      )
    },
    get state() {
      return state
    },
  }
}
