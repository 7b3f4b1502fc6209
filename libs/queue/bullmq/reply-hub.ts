import type { Logger } from '#observability'
import type { Subscription, Subscriptions } from '#store'
import { createBag, createShelf } from '../bag.ts'
import { decodeBatches, type FrameBatch } from '../codec.ts'
import { brokerClosed } from '../errors.ts'
import type { ControlOutbox } from './control-outbox.ts'
import { type Keys, type Place, placeOf } from './keys.ts'
import { createMessageReader } from './read-message.ts'
import { createWaiting, type Waiting, type WaitingHooks } from './waiting.ts'
import { createWorkerLine, endsRun, hopIn, type WorkerLine } from './worker-line.ts'

/*
 * All requests of one API pod that wait for frames; a request is
 *
 *   open        its frames go to its reader
 *   cancelled   the reader has left and the job runs: the cancel is repeated until a terminal frame shows that the
 *               worker heard it, for 40 s at most
 *   left        the reader has left and the job was gone: it has ended, or has moved on and the hop is yet to be heard of
 *   forgotten   not in the map: whatever still comes is acknowledged, so that its worker forgets it, and cancelled
 *
 * Whoever is not open any more and moves on is taken back where it went: no call may follow.
 *
 * A request may move on to another site (store/redis/sites.ts): who speaks of it is answered where it was heard.
 */

/** Long enough for a worker whose control channel was away during a Redis outage. */
const cancelRepeatMs = [100, 400, 1_600, 5_000, 10_000, 20_000, 40_000]

export type ReplyHub = {
  readonly pod: string
  /** Whether its provider's workers are heard: nothing may be enqueued before. Begins to listen where it does not. */
  listening(provider: string): boolean
  open(requestId: string, provider: string, hooks: Omit<WaitingHooks, 'onEnded'>): Waiting
  /** Tells the worker that has it to stop, until it is heard. */
  cancelRunning(place: Place): void
  /** It was not found where we knew it: whoever speaks of it is told to stop. */
  expectLast(place: Place): void
  /** Ends every request that still waits with `unavailable`. */
  close(): void
}

/** The API pod's end of one site. */
export type HubSite = {
  readonly id: string
  readonly keys: Keys
  readonly subscriptions: Subscriptions
  readonly control: ControlOutbox
}

type Receive = (batch: FrameBatch, line: WorkerLine) => void

export function createReplyHub(options: {
  readonly pod: string
  siteOf(provider: string): HubSite
  readonly logger: Logger
  /** A request that nobody waits for went on to this place. */
  onStray(place: Place): void
}): ReplyHub {
  const { pod } = options
  const lines = new Map<string, { readonly line: WorkerLine; readonly subscription: Subscription }>()
  const receivers = createShelf<Receive>()
  const open = createBag<Waiting>()

  function at(provider: string) {
    const site = options.siteOf(provider)
    const existing = lines.get(site.id)
    if (existing !== undefined) return existing
    const opened = listen(site)
    lines.set(site.id, opened)
    return opened
  }

  function listen({ keys, control, subscriptions }: HubSite) {
    const line = createWorkerLine(control, keys)
    const read = createMessageReader(decodeBatches, keys.replyChannel(pod), options.logger)
    const subscription = subscriptions.add({
      channels: [keys.replyChannel(pod)],
      onMessage(message) {
        for (const batch of read(message)) {
          const receive = receivers.get(batch.requestId)
          if (receive === undefined) refuse(batch, line)
          else receive(batch, line)
        }
      },
      onSubscribed: () => line.resendAll(pod),
    })
    return { line, subscription }
  }

  function refuse(batch: FrameBatch, line: WorkerLine, tenant = ''): void {
    line.acknowledgeWhole(batch)
    const hop = hopIn(batch.frames)
    if (hop !== undefined)
      options.onStray(placeOf({ requestId: batch.requestId, tenant }, hop.target.provider, hop.hop))
    else if (!endsRun(batch)) line.cancel(batch.requestId, batch.worker)
  }

  /** Receives what is still said of a request until its last word, or until nobody can remember it. */
  function expectUntilEnd({ requestId, tenant }: Place, timers: readonly NodeJS.Timeout[]): void {
    const receive: Receive = (batch, line) => {
      if (endsRun(batch) || hopIn(batch.frames) !== undefined) stop()
      refuse(batch, line, tenant)
    }
    const stop = () => {
      clearTimeout(limit)
      for (const timer of timers) clearTimeout(timer)
      if (receivers.get(requestId) === receive) receivers.delete(requestId)
    }
    const limit = setTimeout(stop, Math.max(...cancelRepeatMs) + 1).unref()
    receivers.set(requestId, receive)
  }

  return {
    pod,
    listening: (provider) => at(provider).subscription.subscribed,
    open(requestId, provider, hooks) {
      let place: number | undefined
      const waiting = createWaiting(requestId, at(provider).line, {
        onEnded: () => {
          if (receivers.get(requestId) === waiting.receive) receivers.delete(requestId)
          if (place !== undefined) open.remove(place)
          place = undefined
        },
        ...hooks,
      })
      receivers.set(requestId, waiting.receive)
      place = open.add(waiting)
      return waiting
    },
    cancelRunning(place) {
      const cancel = () => at(place.provider).line.cancel(place.requestId)
      cancel()
      expectUntilEnd(
        place,
        cancelRepeatMs.map((delayMs) => setTimeout(cancel, delayMs).unref()),
      )
    },
    expectLast: (place) => expectUntilEnd(place, []),
    close() {
      for (const waiting of open.all()) waiting.shut(brokerClosed())
      for (const { subscription } of lines.values()) subscription.close()
      receivers.clear()
    },
  }
}
