import type { GatewayError } from '#contract'
import type { Logger } from '#observability'
import type { Subscriptions } from '#store'
import { createShelf } from '../bag.ts'
import { type ControlMessage, decodeControl, type UploadAsk } from '../codec.ts'
import { clientGone } from '../errors.ts'
import type { Keys } from './keys.ts'
import { createMessageReader } from './read-message.ts'
import type { ReplyOutbox } from './reply-outbox.ts'

/*
 * What API pods say to a worker process. A cancel for a request that is not here yet is remembered for 10 s: its job
 * may be on its way from the queue into our hands.
 */

const rememberMs = 10_000
const rememberCount = 10_000

export type ControlInbox = {
  /** Registers a job in hand; `abort` is called at most once. Returns how to take it off again. */
  watch(requestId: string, abort: (reason: GatewayError) => void): () => void
  /** As if its client had gone. */
  cancel(requestId: string): void
  readonly listening: boolean
  close(): void
}

export function createControlInbox(options: {
  readonly worker: string
  readonly keys: Keys
  readonly subscriptions: Subscriptions
  readonly outbox: ReplyOutbox
  readonly logger: Logger
}): ControlInbox {
  const { keys, outbox, worker } = options
  const running = createShelf<(reason: GatewayError) => void>()
  const cancelledAt = new Map<string, number>()

  function cancel(requestId: string): void {
    const abort = running.get(requestId)
    if (abort !== undefined) {
      abort(clientGone())
      return
    }
    const now = performance.now()
    cancelledAt.set(requestId, now)
    for (const [id, at] of cancelledAt) {
      if (now - at < rememberMs && cancelledAt.size <= rememberCount) break
      cancelledAt.delete(id)
    }
  }

  function obey(message: ControlMessage | UploadAsk): void {
    if (message.type === 'ack') outbox.acknowledge(message, message.next)
    else if (message.type === 'resend') outbox.resend(message, message.from)
    else if (message.type === 'resend-all') outbox.resendAll(message.pod)
    else if (message.type === 'cancel') cancel(message.requestId)
  }

  const decode = (message: Buffer) => decodeControl(message.toString())
  const read = createMessageReader(decode, keys.controlChannel(worker), options.logger)
  const subscription = options.subscriptions.add({
    channels: [keys.controlChannel(worker), keys.allWorkersChannel],
    onMessage: (message) => read(message).forEach(obey),
    // Acknowledgements may have passed unheard while we were away: pods repeat theirs when they see frames again.
    onSubscribed: () => outbox.resendAll(),
  })

  return {
    watch(requestId, abort) {
      running.set(requestId, abort)
      if (cancelledAt.delete(requestId)) abort(clientGone())
      return () => {
        if (running.get(requestId) === abort) running.delete(requestId)
      }
    },
    cancel,
    get listening() {
      return subscription.subscribed
    },
    close: () => subscription.close(),
  }
}
