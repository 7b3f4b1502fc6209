import { randomBytes } from 'node:crypto'
import { GatewayError } from '#contract'
import type { Logger } from '#observability'
import { createSubscriptions, type RedisStore } from '#store'
import type { Broker } from '../broker.ts'
import { type BrokerObserver, silentObserver } from '../observer.ts'
import { createControlOutbox } from './control-outbox.ts'
import { readDepth } from './depths.ts'
import { createKeys } from './keys.ts'
import { createProducer } from './producer.ts'
import { createReplyHub } from './reply-hub.ts'
import { createSubmit } from './submit.ts'
import { createUploadSender } from './upload-sender.ts'
import { createWithdrawals } from './withdrawals.ts'
import { createWorkers } from './workers.ts'

export type RedisBrokerOptions = {
  readonly store: RedisStore
  readonly logger: Logger
  readonly observer?: BrokerObserver
}

/** How long jobs that nobody waits for any more may take to be withdrawn when the process ends. */
const closeLimitMs = 500

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
  const hub = createReplyHub({ pod, keys, subscriptions, control, logger })
  const uploads = createUploadSender({ pod, connection, keys, subscriptions, logger })
  const withdrawals = createWithdrawals({
    connection,
    keys,
    producer,
    onRunning: (requestId) => hub.cancelRunning(requestId),
  })
  const submit = createSubmit({ connection, keys, clock: store.clock, producer, hub, uploads, withdrawals })
  const workers = createWorkers({ store, keys, logger, observer, process, subscriptions })

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
      Promise.all(providers.map((provider) => readDepth(connection, keys, provider, store.clock.nowMs()))),
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
