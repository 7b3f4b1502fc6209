import type { Draft, FailFrame, Frame, HopFrame } from '#contract'
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

  function expect(wanted: 'open' | 'started', type: Frame['type']): boolean {
    if (state === 'closed') return false
    if (state !== wanted) throw new Error(`a reply that is ${state} takes no ${type} frame`)
    return true
  }

  function close(): void {
    state = 'closed'
    writer.closed = true
  }

  const writer: Draft<HoppingWriter> = {
    headSent: false,
    closed: false,
    head(frame) {
      if (!expect('open', 'head')) return
      state = 'started'
      writer.headSent = true
      sink.write({ type: 'head', ...frame })
    },
    chunk(bytes) {
      if (!expect('started', 'chunk') || bytes.byteLength === 0) return
      sink.write({ type: 'chunk', bytes })
    },
    end(result) {
      if (!expect('started', 'end')) return
      close()
      sink.write({ type: 'end', ...result })
    },
    fail(failure: Omit<FailFrame, 'type'>) {
      if (state === 'closed') return
      close()
      sink.write({ type: 'fail', ...failure })
    },
    hop(frame) {
      if (!expect('open', 'hop')) return
      close()
      sink.write(frame)
    },
    hasRoom: () => state === 'closed' || sink.unreadBytes < windowBytes,
    async writable() {
      if (!writer.hasRoom()) await sink.below(windowBytes)
    },
  }
  return writer
}
