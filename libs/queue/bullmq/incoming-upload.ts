import { type Frame, GatewayError } from '#contract'
import type { FrameBatch, UploadAsk } from '../codec.ts'
import { clientGone } from '../errors.ts'
import { createReplyQueue } from '../reply-queue.ts'
import { uploadWindowBytes } from '../upload-window.ts'
import { createIncoming } from './incoming.ts'

/*
 * The worker's end of one upload.
 *
 *   unread    nobody has read: nothing was asked for
 *   reading   consumed chunks are acknowledged, a quarter of the window at a time. While frames are missing they are asked
 *             for again after 50 ms, 100 ms, … 1 s; the pod answers even when it has nothing, so that a minute of
 *             silence means that it is gone
 *   over      the last chunk was read; or the pod reported a failure, the signal was aborted, or end(): a reader that
 *             goes on is told so, for what it has is not whole
 */

const askFirstMs = 50
const askCapMs = 1_000
const goneMs = 60_000
const acknowledgeBytes = uploadWindowBytes / 4

export type IncomingUpload = {
  readonly bytes: AsyncIterable<Uint8Array>
  receive(batch: FrameBatch): void
  /** The channel was not heard for a while. */
  askAgain(): void
  end(): void
}

export function createIncomingUpload(options: {
  /** Aborted with a GatewayError. */
  readonly signal: AbortSignal
  ask(position: Pick<UploadAsk, 'next' | 'from'>): void
}): IncomingUpload {
  const { signal } = options
  const incoming = createIncoming()
  const queue = createReplyQueue()
  let state: 'unread' | 'reading' | 'over' = 'unread'
  let failure: GatewayError | undefined
  let whole = false
  let consumed = 0
  let unacknowledgedBytes = 0
  let lastSignMs = 0
  let askDelayMs = askFirstMs
  let timer: NodeJS.Timeout | undefined

  function end(): void {
    if (state === 'over') return
    state = 'over'
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    queue.end()
  }

  function finish(): void {
    whole = true
    end()
  }

  function stop(error: GatewayError): void {
    if (state !== 'over') failure = error
    end()
  }

  function onAbort(): void {
    stop(GatewayError.from(signal.reason))
  }

  function acknowledge(): void {
    unacknowledgedBytes = 0
    options.ask({ next: consumed })
  }

  function askAgain(): void {
    if (state === 'reading' && !incoming.done) {
      options.ask({ next: consumed, from: incoming.position().next })
    }
  }

  function watch(): void {
    timer = setTimeout(() => {
      const nowMs = performance.now()
      if (incoming.done) return
      if (queue.held > 0) lastSignMs = nowMs
      else if (nowMs - lastSignMs > goneMs) return stop(clientGone())
      else askAgain()
      askDelayMs = Math.min(askDelayMs * 2, askCapMs)
      watch()
    }, askDelayMs)
  }

  function begin(): void {
    if (state !== 'unread') return
    state = 'reading'
    lastSignMs = performance.now()
    options.ask({ next: 0 })
    watch()
  }

  /** The reader came back for more. */
  function took(frame: Frame): void {
    consumed += 1
    unacknowledgedBytes += frame.type === 'chunk' ? frame.bytes.byteLength : 0
    if (frame.type === 'end') finish()
    if (frame.type === 'end' || unacknowledgedBytes >= acknowledgeBytes) acknowledge()
  }

  async function* arriving(): AsyncGenerator<Frame, void, void> {
    const batches = { [Symbol.asyncIterator]: () => queue.iterator({ consumed: () => {}, abandoned: end }) }
    for await (const frames of batches) yield* frames
  }

  async function* read(): AsyncGenerator<Uint8Array, void, void> {
    begin()
    for await (const frame of arriving()) {
      if (frame.type === 'fail') throw GatewayError.fromData(frame.error)
      if (frame.type === 'chunk') yield frame.bytes
      if (failure !== undefined) throw failure
      took(frame)
    }
    if (!whole) throw failure ?? clientGone()
  }

  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  const bytes = read()
  return {
    bytes,
    receive(batch) {
      lastSignMs = performance.now()
      const taken = incoming.take(batch)
      if (taken.type === 'frames') {
        askDelayMs = askFirstMs
        queue.push(taken.frames)
      } else if (taken.type === 'gap') askAgain()
      // Sent again although it is here: our acknowledgement was lost, or our reader is slow.
      else if (batch.frames.length > 0) options.ask({ next: consumed })
    },
    askAgain,
    end,
  }
}
