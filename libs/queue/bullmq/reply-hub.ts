import type { Logger } from '#observability'
import type { Subscriptions } from '#store'
import { decodeBatches, type FrameBatch } from '../codec.ts'
import { brokerClosed } from '../errors.ts'
import type { ControlOutbox } from './control-outbox.ts'
import type { Keys } from './keys.ts'
import { createMessageReader } from './read-message.ts'
import { createWaiting, type Waiting, type WaitingHooks } from './waiting.ts'
import { createWorkerLine, endsRun } from './worker-line.ts'

/*
 * All requests of one API pod that wait for frames; a request is
 *
 *   open        its frames go to its reader
 *   cancelled   the reader has left and the job runs: the cancel is repeated until a terminal frame shows that the
 *               worker heard it, for 40 s at most
 *   gone        not in the map: whatever still comes is acknowledged, so that its worker forgets it, and cancelled
 */

/** Long enough for a worker whose control channel was away during a Redis outage. */
const cancelRepeatMs = [100, 400, 1_600, 5_000, 10_000, 20_000, 40_000]

export type ReplyHub = {
  readonly pod: string
  /** Whether the channel is heard: nothing may be enqueued before. */
  readonly listening: boolean
  open(requestId: string, hooks: Omit<WaitingHooks, 'onEnded'>): Waiting
  /** Tells the worker that has it to stop, until it is heard. */
  cancelRunning(requestId: string): void
  /** Ends every request that still waits with `unavailable`. */
  close(): void
}

export function createReplyHub(options: {
  readonly pod: string
  readonly keys: Keys
  readonly subscriptions: Subscriptions
  readonly control: ControlOutbox
  readonly logger: Logger
}): ReplyHub {
  const { pod, keys } = options
  const line = createWorkerLine(options.control, keys)
  const receivers = new Map<string, (batch: FrameBatch) => void>()
  const open = new Set<Waiting>()

  const read = createMessageReader(decodeBatches, keys.replyChannel(pod), options.logger)

  const subscription = options.subscriptions.add({
    channels: [keys.replyChannel(pod)],
    onMessage(message) {
      for (const batch of read(message)) (receivers.get(batch.requestId) ?? refuse)(batch)
    },
    onSubscribed: () => line.resendAll(pod),
  })

  function refuse(batch: FrameBatch): void {
    line.acknowledgeWhole(batch)
    if (!endsRun(batch)) line.cancel(batch.requestId, batch.worker)
  }

  return {
    pod,
    get listening() {
      return subscription.subscribed
    },
    open(requestId, hooks) {
      const waiting = createWaiting(requestId, line, {
        onEnded: () => {
          receivers.delete(requestId)
          open.delete(waiting)
        },
        ...hooks,
      })
      receivers.set(requestId, waiting.receive)
      open.add(waiting)
      return waiting
    },
    cancelRunning(requestId) {
      line.cancel(requestId)
      const timers = cancelRepeatMs.map((delayMs) =>
        setTimeout(() => line.cancel(requestId), delayMs).unref(),
      )
      const stop = () => {
        for (const timer of timers) clearTimeout(timer)
        receivers.delete(requestId)
      }
      timers.push(setTimeout(stop, Math.max(...cancelRepeatMs) + 1).unref())
      receivers.set(requestId, (batch) => {
        line.acknowledgeWhole(batch)
        if (endsRun(batch)) stop()
      })
    },
    close() {
      for (const waiting of open) waiting.shut(brokerClosed())
      subscription.close()
      receivers.clear()
    },
  }
}
