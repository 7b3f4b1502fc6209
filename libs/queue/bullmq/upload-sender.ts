import type { Redis } from 'ioredis'
import { type FailFrame, GatewayError } from '#contract'
import type { Logger } from '#observability'
import type { Subscriptions } from '#store'
import { decodeControl, encodeBatches, type FrameBatch, type RunKey, type UploadAsk } from '../codec.ts'
import { clientGone, outcomeUnknown } from '../errors.ts'
import type { FrameSink } from '../reply-writer.ts'
import { chunksOf, uploadWindowBytes } from '../upload-window.ts'
import type { Keys } from './keys.ts'
import { createMessageReader } from './read-message.ts'
import { createReplyOutbox } from './reply-outbox.ts'

/*
 * The API pod's end of its uploads: an upload goes to the worker that asks for it just as a reply comes back, as numbered
 * frames (`chunk* (end | fail)`) that are kept until they are acknowledged. One upload is
 *
 *   offered    no worker has asked: the source is not touched
 *   sending    the first worker that asked gets frames, a window ahead of what it has consumed
 *   over       the request has ended: the source was let go; who still asks is told that the caller is gone
 *
 * The bytes exist once. A second worker, or a second run, is told that the outcome of the first is unknown.
 */

export type UploadSender = {
  /** Returns how to end it; nothing is to be ended without a source. */
  offer(requestId: string, source: AsyncIterable<Uint8Array> | undefined): () => void
  close(): void
}

type Offer = {
  readonly iterator: AsyncIterator<Uint8Array>
  over: boolean
  reader?: { readonly key: RunKey; readonly worker: string; readonly sink: FrameSink }
}

export function createUploadSender(options: {
  readonly pod: string
  readonly connection: Redis
  readonly keys: Keys
  readonly subscriptions: Subscriptions
  readonly logger: Logger
}): UploadSender {
  const { pod, connection, keys } = options
  const offers = new Map<string, Offer>()
  const outbox = createReplyOutbox({
    connection,
    keys,
    worker: pod,
    onAbandoned: (key) => end(key.requestId),
  })

  function end(requestId: string): void {
    const offer = offers.get(requestId)
    if (offer === undefined) return
    offers.delete(requestId)
    offer.over = true
    // The source may be waiting for its caller; it is told, not waited for.
    offer.iterator.return?.().catch(() => {})
    if (offer.reader !== undefined) outbox.forget(offer.reader.key)
  }

  function begin(offer: Offer, { requestId, hop, run, worker }: UploadAsk): NonNullable<Offer['reader']> {
    const key = { requestId, hop, run }
    const reader = { key, worker, sink: outbox.open(key, worker) }
    offer.reader = reader
    void pump(offer, reader.sink)
    return reader
  }

  function onAsk(ask: UploadAsk): void {
    const offer = offers.get(ask.requestId)
    if (offer === undefined) {
      say(ask, [failure(clientGone())])
      return
    }
    const { key, worker, sink } = offer.reader ?? begin(offer, ask)
    if (worker !== ask.worker || key.run !== ask.run || key.hop !== ask.hop) {
      say(ask, [failure(outcomeUnknown())])
      return
    }
    outbox.acknowledge(key, ask.next)
    if (ask.from === undefined) return
    if (sink.unreadBytes > 0) outbox.resend(key, ask.from)
    // The caller is slow, and its pod is alive.
    else say(ask, [])
  }

  /** A word to a worker that needs no acknowledgement. */
  function say({ requestId, hop, run, worker, next, from }: UploadAsk, frames: FrameBatch['frames']): void {
    const batch = { requestId, hop, run, worker: pod, from: from ?? next, frames }
    keys.publish(connection, keys.replyChannel(worker), encodeBatches([batch])).catch(() => {})
  }

  const read = createMessageReader(
    (message) => decodeControl(message.toString()),
    keys.controlChannel(pod),
    options.logger,
  )
  const subscription = options.subscriptions.add({
    channels: [keys.controlChannel(pod)],
    onMessage(message) {
      for (const control of read(message)) if (control.type === 'upload') onAsk(control)
    },
    // What was asked meanwhile is asked again.
    onSubscribed: () => {},
  })

  return {
    offer(requestId, source) {
      if (source === undefined) return () => {}
      offers.set(requestId, { iterator: source[Symbol.asyncIterator](), over: false })
      return () => end(requestId)
    },
    close() {
      for (const requestId of [...offers.keys()]) end(requestId)
      subscription.close()
      outbox.close()
    },
  }
}

/** From the caller's socket to the frames, as the worker makes room. */
async function pump(offer: Offer, sink: FrameSink): Promise<void> {
  try {
    for (;;) {
      await sink.below(uploadWindowBytes)
      const step = offer.over ? undefined : await offer.iterator.next()
      if (step === undefined || offer.over) return
      if (step.done === true) break
      for (const bytes of chunksOf(step.value)) sink.write({ type: 'chunk', bytes })
    }
    sink.write({ type: 'end', attempts: [], warnings: [] })
  } catch (error) {
    if (!offer.over) sink.write(failure(GatewayError.from(error)))
  }
}

function failure(error: GatewayError): FailFrame {
  return { type: 'fail', error: error.toData(), attempts: [] }
}
