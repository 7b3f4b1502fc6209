import type { GatewayError } from '#contract'
import type { Reply } from '../broker.ts'
import type { FrameBatch } from '../codec.ts'
import { createReplyQueue } from '../reply-queue.ts'
import { createIncoming } from './incoming.ts'
import type { WorkerLine } from './worker-line.ts'

/*
 * One request that waits for its frames.
 *
 *   open    frames go to the reader; what it has taken is acknowledged, which is the worker's credit
 *   ended   a terminal frame came (`onDone`), the reader left (`onLeft`), or the submission failed (`drop`)
 */

export type Waiting = {
  readonly reply: Reply
  receive(batch: FrameBatch): void
  readonly ended: boolean
  /** The answer's head has come. */
  readonly begun: boolean
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
}

export function createWaiting(requestId: string, line: WorkerLine, hooks: WaitingHooks): Waiting {
  const incoming = createIncoming()
  const queue = createReplyQueue()
  let ended = false

  function consumed(): void {
    const { hop, run, worker, next } = incoming.position()
    const consumedBelow = next - queue.held
    if (worker !== undefined && consumedBelow > 0) {
      line.acknowledge({ requestId, hop, run, worker }, consumedBelow)
    }
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
  }

  return {
    reply: {
      [Symbol.asyncIterator]: () => queue.iterator({ consumed, abandoned: leave }),
      cancel: leave,
    },
    receive(batch) {
      const taken = incoming.take(batch)
      if (taken.type === 'stale') line.acknowledgeWhole(batch)
      else if (taken.type === 'known') consumed()
      else if (taken.type === 'gap') line.resend(batch, taken.from)
      else {
        queue.push(taken.frames)
        if (incoming.done && end()) hooks.onDone()
      }
    },
    get ended() {
      return ended
    },
    get begun() {
      return incoming.begun
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
