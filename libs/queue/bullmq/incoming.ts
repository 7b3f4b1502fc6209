import type { Frame } from '#contract'
import type { FrameBatch } from '../codec.ts'

/*
 * The API pod's end of one request's reply.
 *
 *   current    the (hop, run) that is followed: the highest seen. `next` is the frame expected of it.
 *   begun      a head was taken: from then on a higher pair may only bring `fail`
 *   done       a terminal frame was taken: the first one wins, everything later is refused
 *
 * A hop frame is the last of its hop: from then on the hop that it names is followed, and nothing of the old one counts.
 *
 * Frames are taken in order; a batch that starts beyond `next` is left out and asked for again.
 */

export type Taken =
  /** New frames, in order. */
  | { readonly type: 'frames'; readonly frames: readonly Frame[] }
  /** A message was lost: ask for everything from `from` on. */
  | { readonly type: 'gap'; readonly from: number }
  /** Nothing new: the worker has not seen our acknowledgement. */
  | { readonly type: 'known' }
  /** Of a run that is not followed any more. */
  | { readonly type: 'stale' }

export type Incoming = {
  take(batch: FrameBatch): Taken
  /** Who is followed, and the first frame not taken yet. */
  position(): {
    readonly hop: number
    readonly run: number
    readonly worker: string | undefined
    readonly next: number
  }
  readonly begun: boolean
  readonly done: boolean
}

export function createIncoming(firstHop = 0): Incoming {
  let hop = firstHop
  let run = 0
  let next = 0
  let worker: string | undefined
  let begun = false
  let done = false

  function follow(batch: FrameBatch): void {
    hop = batch.hop
    run = batch.run
    next = 0
    worker = batch.worker
  }

  function fresh(batch: FrameBatch): readonly Frame[] {
    const frames = batch.frames.slice(next - batch.from)
    next += frames.length
    return frames
  }

  function followHop(to: number): void {
    hop = to
    run = 0
    next = 0
    worker = undefined
  }

  function takeFrames(frames: readonly Frame[]): Taken {
    for (const frame of frames) {
      if (frame.type === 'head') begun = true
      if (frame.type === 'hop') followHop(frame.hop)
      if (frame.type === 'end' || frame.type === 'fail') done = true
    }
    return { type: 'frames', frames }
  }

  /** A higher pair after the answer has begun: only its failure concerns the caller. */
  function takeLateFailure(batch: FrameBatch): Taken {
    const failure = batch.frames.find((frame) => frame.type === 'fail')
    if (failure === undefined) return { type: 'stale' }
    follow(batch)
    next = batch.from + batch.frames.length
    return takeFrames([failure])
  }

  return {
    take(batch) {
      const order = batch.hop - hop || batch.run - run
      if (done || order < 0) return { type: 'stale' }
      if (order > 0 && begun) return takeLateFailure(batch)
      if (order > 0 || worker === undefined) follow(batch)
      if (batch.from > next) return { type: 'gap', from: next }
      const frames = fresh(batch)
      return frames.length === 0 ? { type: 'known' } : takeFrames(frames)
    },
    position: () => ({ hop, run, worker, next }),
    get begun() {
      return begun
    },
    get done() {
      return done
    },
  }
}
