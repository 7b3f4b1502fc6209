import type { Logger } from '#observability'
import type { RedisStore } from '#store'
import type { DrainRates } from '../drain-rate.ts'
import type { BrokerObserver } from '../observer.ts'
import type { ControlInbox } from './control-inbox.ts'
import type { Placing } from './hop.ts'
import type { Keys } from './keys.ts'
import type { ReplyOutbox } from './reply-outbox.ts'
import type { UploadInbox } from './upload-inbox.ts'

/** What all consumers of a process share. */
export type ConsumerOptions = {
  readonly store: RedisStore
  readonly keys: Keys
  /** Lease id of this process, under which BullMQ notes who has a job. */
  readonly worker: string
  readonly outbox: ReplyOutbox
  readonly inbox: ControlInbox
  readonly uploads: UploadInbox
  readonly observer: BrokerObserver
  readonly placing: Placing
  readonly rates: DrainRates
  readonly logger: Logger
}
