import type { Logger } from '#observability'
import type { RedisStore, Subscriptions } from '#store'
import { type ControlInbox, createControlInbox } from './control-inbox.ts'
import { createKeys } from './keys.ts'
import { createReplyOutbox, type ReplyOutbox } from './reply-outbox.ts'
import { createUploadInbox, type UploadInbox } from './upload-inbox.ts'

/** A worker process's end of one site (store/redis/sites.ts). */
export type WorkerEnd = {
  readonly outbox: ReplyOutbox
  readonly inbox: ControlInbox
  readonly uploads: UploadInbox
}

export type WorkerEnds = {
  /** Opened when it is asked for. */
  at(provider: string): WorkerEnd
  /** Resolves when every terminal frame was acknowledged, or after `limitMs`. */
  settled(limitMs: number): Promise<void>
  close(): void
}

export function createWorkerEnds(options: {
  readonly store: RedisStore
  readonly worker: string
  readonly logger: Logger
  /** Of the provider's site. */
  subscriptionsOf(provider: string): Subscriptions
}): WorkerEnds {
  const { store, worker, logger } = options
  const ends = new Map<string, WorkerEnd>()

  function open(provider: string): WorkerEnd {
    const keys = createKeys(store.keyPrefix, store.connections.site(provider))
    const connection = store.connections.consumer(provider)
    const outbox = createReplyOutbox({
      connection,
      keys,
      worker,
      onAbandoned: ({ requestId }) => {
        logger.warn({ requestId }, 'the pod that waited for this reply is gone')
        inbox.cancel(requestId)
      },
    })
    connection.on('ready', () => outbox.resendAll())
    const subscriptions = options.subscriptionsOf(provider)
    const inbox = createControlInbox({ worker, keys, subscriptions, outbox, logger })
    const uploads = createUploadInbox({ worker, keys, subscriptions, connection, logger })
    return { outbox, inbox, uploads }
  }

  return {
    at(provider) {
      const { id } = store.connections.site(provider)
      const existing = ends.get(id)
      if (existing !== undefined) return existing
      const end = open(provider)
      ends.set(id, end)
      return end
    },
    async settled(limitMs) {
      await Promise.all([...ends.values()].map(({ outbox }) => outbox.settled(limitMs)))
    },
    close() {
      for (const { inbox, uploads, outbox } of ends.values()) {
        inbox.close()
        uploads.close()
        outbox.close()
      }
    },
  }
}
