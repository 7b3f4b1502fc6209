import type { Redis } from 'ioredis'
import type { Logger } from '#observability'
import type { Subscriptions } from '#store'
import { decodeBatches } from '../codec.ts'
import { createControlOutbox } from './control-outbox.ts'
import { createIncomingUpload, type IncomingUpload } from './incoming-upload.ts'
import type { Keys } from './keys.ts'
import { createMessageReader } from './read-message.ts'
import type { ReturnAddress } from './take-job.ts'

/** The uploads that a worker process reads. */
export type UploadInbox = {
  /** Asks for nothing until it is read. */
  open(address: ReturnAddress, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** The run is over: its upload, if it has one, is not read on. */
  end(address: ReturnAddress): void
  close(): void
}

export function createUploadInbox(options: {
  readonly worker: string
  readonly keys: Keys
  readonly subscriptions: Subscriptions
  readonly connection: Redis
  readonly logger: Logger
}): UploadInbox {
  const { worker, keys } = options
  const control = createControlOutbox(options.connection, keys)
  const open = new Map<string, IncomingUpload>()
  const idOf = ({ requestId, hop, run }: Omit<ReturnAddress, 'replyTo'>) => `${requestId} ${hop} ${run}`
  const read = createMessageReader(decodeBatches, keys.replyChannel(worker), options.logger)
  const subscription = options.subscriptions.add({
    channels: [keys.replyChannel(worker)],
    onMessage(message) {
      for (const batch of read(message)) open.get(idOf(batch))?.receive(batch)
    },
    onSubscribed() {
      for (const upload of open.values()) upload.askAgain()
    },
  })

  return {
    open(address, signal) {
      const { requestId, hop, run, replyTo } = address
      const upload = createIncomingUpload({
        signal,
        ask: (position) =>
          control.send(keys.controlChannel(replyTo), {
            type: 'upload',
            requestId,
            hop,
            run,
            worker,
            ...position,
          }),
      })
      open.set(idOf(address), upload)
      return upload.bytes
    },
    end(address) {
      open.get(idOf(address))?.end()
      open.delete(idOf(address))
    },
    close() {
      for (const upload of open.values()) upload.end()
      open.clear()
      subscription.close()
    },
  }
}
