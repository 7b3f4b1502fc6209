import { randomBytes } from 'node:crypto'
import { GatewayError } from '#contract'
import type { Logger } from '#observability'
import { createSubscriptions, type RedisStore, type Windows, within } from '#store'
import type { Broker } from '../broker.ts'
import { createDrainRates } from '../drain-rate.ts'
import { storeUnavailable } from '../errors.ts'
import { type BrokerObserver, silentObserver } from '../observer.ts'
import { createAdmit } from './admission.ts'
import { createControlOutbox } from './control-outbox.ts'
import { readDepth } from './depths.ts'
import { createEnqueue } from './enqueue.ts'
import { createKeys } from './keys.ts'
import { createProducer } from './producer.ts'
import { createReplyHub } from './reply-hub.ts'
import { writeSettings } from './settings.ts'
import { createSubmit } from './submit.ts'
import { createUploadSender } from './upload-sender.ts'
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

/** The broker of the product: BullMQ on Redis, answers over pub/sub. */
export function createRedisBroker(options: RedisBrokerOptions): Broker {
  const { store, logger } = options
  const observer = options.observer ?? silentObserver
  const keys = createKeys(store.keyPrefix)
  const connection = store.connections.producer('')
  const subscriptions = createSubscriptions(store.connections.subscriber(''))
  const process = randomBytes(8).toString('hex')
  const producer = createProducer(connection, keys)
  const control = createControlOutbox(connection)
  const pod = `api-${process}`
  const hub = createReplyHub({
    pod,
    keys,
    subscriptions,
    control,
    logger,
    onStray: (place) => void withdrawals.withdraw(place),
  })
  const uploads = createUploadSender({ pod, connection, keys, subscriptions, logger })
  const withdrawals = createWithdrawals({
    connection,
    keys,
    onRunning: (place) => hub.cancelRunning(place),
    onGone: (place) => hub.expectLast(place),
  })
  const rates = createDrainRates(options.windows)
  const placing = {
    admit: createAdmit({ connection, keys, clock: store.clock, rates }),
    enqueue: createEnqueue(connection, keys, producer),
    withdrawals,
  }
  const submit = createSubmit({ clock: store.clock, placing, hub, uploads })
  const workers = createWorkers({
    store,
    keys,
    logger,
    observer,
    process,
    subscriptions,
    placing,
    rates,
  })

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
      Promise.all(providers.map((provider) => readDepth(connection, keys, rates, provider))),
    async setLimits(provider, limits) {
      const written = writeSettings({ connection, keys, producer, provider, limits, logger })
      await within(settingsLimitMs, written, 'Redis').catch((error: unknown) => {
        throw storeUnavailable(error)
      })
    },
    ready: () => store.ready() && hub.listening,
    drain: (graceMs) => workers.drain(graceMs),
    async close() {
      await workers.close()
      hub.close()
      uploads.close()
      if (store.ready()) await withdrawals.settled(closeLimitMs)
      control.flush()
      withdrawals.close()
      await producer.close()
    },
  }
}
