import { randomBytes } from 'node:crypto'
import { GatewayError } from '#contract'
import type { Logger } from '#observability'
import { type RedisStore, type Windows, within } from '#store'
import type { Broker } from '../broker.ts'
import { createDrainRates } from '../drain-rate.ts'
import { storeUnavailable } from '../errors.ts'
import { type BrokerObserver, silentObserver } from '../observer.ts'
import { createAdmit } from './admission.ts'
import { readDepth } from './depths.ts'
import { createEnqueue } from './enqueue.ts'
import { createKeys } from './keys.ts'
import { createProducer } from './producer.ts'
import { createReplyHub } from './reply-hub.ts'
import { writeSettings } from './settings.ts'
import { createSiteEnds } from './site-ends.ts'
import { createSubmit } from './submit.ts'
import { createWithdrawals } from './withdrawals.ts'
import { createWorkers } from './workers.ts'

export type RedisBrokerOptions = {
  readonly store: RedisStore
  readonly logger: Logger
  readonly observer?: BrokerObserver
  /** Counts the jobs that end, for Retry-After and depths; without it both know no rate. */
  readonly windows?: Windows
}

/** How long jobs that nobody waits for any more may take to be withdrawn when the process ends. */
const closeLimitMs = 500
const settingsLimitMs = 1_000

/**
 * The broker of the product: BullMQ on Redis, answers over pub/sub. Where there are several Redis, or a cluster, each
 * provider's jobs and their answers stay with its own; a hop leads from one to another.
 */
export function createRedisBroker(options: RedisBrokerOptions): Broker {
  const { store, logger } = options
  const observer = options.observer ?? silentObserver
  const keys = createKeys(store.keyPrefix)
  const { connections } = store
  const connectionOf = (provider: string) => connections.producer(provider)
  const siteOf = (provider: string) => connections.site(provider).id
  const process = randomBytes(8).toString('hex')
  const producer = createProducer(connectionOf, keys)
  const pod = `api-${process}`
  const ends = createSiteEnds({ store, pod, logger })
  const hub = createReplyHub({
    pod,
    siteOf: ends.at,
    logger,
    onStray: (place) => void withdrawals.withdraw(place),
  })
  const withdrawals = createWithdrawals({
    connectionOf,
    keys,
    onRunning: (place) => hub.cancelRunning(place),
    onGone: (place) => hub.expectLast(place),
  })
  const rates = createDrainRates(options.windows)
  const placing = {
    admit: createAdmit({ store, keys, rates }),
    enqueue: createEnqueue(connectionOf, keys, producer),
    withdrawals,
    sameClock: (one: string, other: string) => siteOf(one) === siteOf(other),
  }
  const submit = createSubmit({ store, placing, hub, uploadsOf: (provider) => ends.at(provider).uploads })
  const workers = createWorkers({
    store,
    keys,
    logger,
    observer,
    process,
    subscriptionsOf: (provider) => ends.at(provider).subscriptions,
    placing,
    rates,
  })
  // Answers are listened for before the first request.
  const known = store.providers.length > 0 ? store.providers : ['']
  for (const provider of known) hub.listening(provider)

  function isReady(provider: string): boolean {
    return store.ready(provider) && hub.listening(provider)
  }

  return {
    async submit(submission) {
      try {
        return await submit(submission)
      } catch (error) {
        const provider = submission.header.plan[submission.header.hop]?.provider ?? 'unknown'
        observer.rejected(provider, GatewayError.from(error).code)
        throw error
      }
    },
    consume: (consumeOptions) => workers.consume(consumeOptions),
    depths: (providers) =>
      Promise.all(providers.map((provider) => readDepth(connectionOf(provider), keys, rates, provider))),
    async setLimits(provider, limits) {
      const connection = connectionOf(provider)
      const written = writeSettings({ connection, keys, producer, provider, limits, logger })
      await within(settingsLimitMs, written, 'Redis').catch((error: unknown) => {
        throw storeUnavailable(error)
      })
    },
    ready: (provider) => (provider === undefined ? known.some(isReady) : isReady(provider)),
    drain: (graceMs) => workers.drain(graceMs),
    async close() {
      await workers.close()
      hub.close()
      for (const { uploads } of ends.opened()) uploads.close()
      if (store.ready()) await withdrawals.settled(closeLimitMs)
      for (const { control } of ends.opened()) control.flush()
      withdrawals.close()
      await producer.close()
    },
  }
}
