import type { FailFrame, Frame, HopFrame } from '#contract'
import type { ReplyWriter } from './broker.ts'

/*
 * Order of one run's frames:
 *
 *   state      accepts                       becomes
 *   open       hop, head, fail               hop, fail: closed   head: started
 *   started    chunk, end, fail              chunk: started   end, fail: closed
 *   closed     nothing; calls are ignored
 *
 * A frame out of this order is a mistake of the worker and throws.
 */

/** Where a run's frames go. `unread` is how much of what was written its reader has not taken yet. */
export type FrameSink = {
  write(frame: Frame): void
  readonly unreadBytes: number
  /** Resolves when `unreadBytes` has fallen below `limit`, or the sink is of no use any more. */
  below(limitBytes: number): Promise<void>
}

/** A worker stops reading its provider while this much of the answer is on its way. */
export const windowBytes = 1024 * 1024

/** A reply that may go on elsewhere before it has begun. */
export type HoppingWriter = ReplyWriter & { hop(frame: HopFrame): void }

/** Keeps the order of frames, whatever carries them. */
export function createReplyWriter(sink: FrameSink): HoppingWriter {
  let state: 'open' | 'started' | 'closed' = 'open'
  let headSent = false

  function expect(wanted: 'open' | 'started', type: Frame['type']): boolean {
    if (state === 'closed') return false
    if (state !== wanted) throw new Error(`a reply that is ${state} takes no ${type} frame`)
    return true
  }

  return {
    head(frame) {
      if (!expect('open', 'head')) return
      state = 'started'
      headSent = true
      sink.write({ type: 'head', ...frame })
    },
    chunk(bytes) {
      if (!expect('started', 'chunk') || bytes.byteLength === 0) return
      sink.write({ type: 'chunk', bytes })
    },
    end(result) {
      if (!expect('started', 'end')) return
      state = 'closed'
      sink.write({ type: 'end', ...result })
    },
    fail(failure: Omit<FailFrame, 'type'>) {
      if (state === 'closed') return
      state = 'closed'
      sink.write({ type: 'fail', ...failure })
    },
    hop(frame) {
      if (!expect('open', 'hop')) return
      state = 'closed'
      sink.write(frame)
    },
    async writable() {
      if (state !== 'closed' && sink.unreadBytes >= windowBytes) await sink.below(windowBytes)
    },
    get hasRoom() {
      return state === 'closed' || sink.unreadBytes < windowBytes
    },
    get headSent() {
      return headSent
    },
    get closed() {
      return state === 'closed'
    },
  }
}
