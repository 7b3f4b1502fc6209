import type { Frame, GatewayError, HopFrame } from '#contract'
import type { Reply } from '../broker.ts'
import type { FrameBatch } from '../codec.ts'
import { createReplyQueue } from '../reply-queue.ts'
import { createIncoming } from './incoming.ts'
import { hopIn, type WorkerLine } from './worker-line.ts'

/*
 * One request that waits for its frames.
 *
 *   open    frames go to the reader; what it has taken is acknowledged, which is the worker's credit
 *   ended   a terminal frame came (`onDone`), the reader left (`onLeft`), or the submission failed (`drop`)
 */

export type Waiting = {
  readonly reply: Reply
  /** `from`: the line on which it was heard, where that is another one than so far. */
  receive(batch: FrameBatch, from?: WorkerLine): void
  readonly ended: boolean
  /** The answer's head has come. */
  readonly begun: boolean
  /** At which target of its plan it is, as far as its frames have said. */
  readonly hop: number
  /** Ends it from our side with an error for the reader, unless it has ended. */
  fail(error: GatewayError): void
  /** As `fail`, and nobody may work on it any more. */
  shut(error: GatewayError): void
  /** Ends it without a word: the submission failed and its caller knows. */
  drop(): void
}

export type WaitingHooks = {
  /** However it ended: no more frames are wanted. Called first. */
  onEnded(): void
  /** The reader left before the terminal frame, or we close: the job is to be withdrawn. */
  onLeft(): void
  /** A terminal frame came. */
  onDone(): void
  /** It went on to another target of its plan. */
  onHop(frame: HopFrame): void
  /** The target that it was sent to. */
  readonly firstHop: number
}

export function createWaiting(requestId: string, firstLine: WorkerLine, hooks: WaitingHooks): Waiting {
  /** To the worker that is followed. */
  let line = firstLine
  const incoming = createIncoming(hooks.firstHop)
  const queue = createReplyQueue()
  let ended = false

  function consumed(): void {
    const { hop, run, worker, next } = incoming.position()
    const consumedBelow = next - queue.held
    if (worker === undefined || consumedBelow <= 0) return
    const isEnd = incoming.done && queue.held === 0
    const acknowledge = isEnd ? line.acknowledgeEnd : line.acknowledge
    acknowledge({ requestId, hop, run, worker }, consumedBelow)
  }

  function end(): boolean {
    if (ended) return false
    ended = true
    hooks.onEnded()
    return true
  }

  function leave(): void {
    if (!end()) return
    queue.end()
    hooks.onLeft()
    // Who has it need not wait until the store has said that it runs; what is lost is repeated after that.
    const { worker } = incoming.position()
    if (worker !== undefined) line.cancel(requestId, worker)
  }

  function take(batch: FrameBatch, frames: readonly Frame[], from: WorkerLine): void {
    const hop = hopIn(frames)
    // The run that is over has no position here any more by which its last frame could be acknowledged.
    if (hop !== undefined) from.acknowledgeWhole(batch)
    queue.push(frames)
    if (incoming.done && end()) hooks.onDone()
    else if (hop !== undefined) hooks.onHop(hop)
  }

  return {
    reply: {
      [Symbol.asyncIterator]: () => queue.iterator({ consumed, abandoned: leave }),
      cancel: leave,
    },
    receive(batch, from = line) {
      const taken = incoming.take(batch)
      if (taken.type !== 'stale') line = from
      if (taken.type === 'stale') from.acknowledgeWhole(batch)
      else if (taken.type === 'known') consumed()
      else if (taken.type === 'gap') from.resend(batch, taken.from)
      else take(batch, taken.frames, from)
    },
    get ended() {
      return ended
    },
    get begun() {
      return incoming.begun
    },
    get hop() {
      return incoming.position().hop
    },
    fail(error) {
      if (!end()) return
      queue.push([{ type: 'fail', error: error.toData(), attempts: [] }])
      hooks.onDone()
    },
    shut(error) {
      if (!end()) return
      queue.push([{ type: 'fail', error: error.toData(), attempts: [] }])
      hooks.onLeft()
    },
    drop: () => {
      end()
    },
  }
}
