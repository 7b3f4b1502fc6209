import type { Frame } from '#contract'
import { createReplyQueue } from '../reply-queue.ts'
import type { FrameSink } from '../reply-writer.ts'
import { createWaiters } from '../waiters.ts'

/** Frames of one request inside one process: no numbers, no copies; what the reader has not taken is the window. */
export type Pipe = {
  readonly sink: FrameSink
  iterator(onLeft: () => void): AsyncIterator<readonly Frame[]>
  /** A terminal frame was written. */
  readonly ended: boolean
  readonly begun: boolean
  /** The reader has left. */
  shut(): void
}

export function createPipe(options: {
  /** Applied to every frame on its way, for the suite that sends them through the Redis codec. */
  readonly carry: (frame: Frame) => Frame
  onEnded(): void
}): Pipe {
  const queue = createReplyQueue()
  let unreadBytes = 0
  let ended = false
  let begun = false
  const waiters = createWaiters()

  function relax(): void {
    unreadBytes = 0
    waiters.wake()
  }

  return {
    sink: {
      write(frame) {
        if (ended) return
        if (frame.type === 'chunk') unreadBytes += frame.bytes.byteLength
        begun ||= frame.type === 'head'
        ended = frame.type === 'end' || frame.type === 'fail'
        queue.push([options.carry(frame)])
        if (ended) options.onEnded()
      },
      get unreadBytes() {
        return unreadBytes
      },
      async below(limitBytes) {
        while (unreadBytes >= limitBytes) await waiters.wait()
      },
    },
    iterator: (onLeft) =>
      queue.iterator({
        consumed: () => {
          if (queue.held === 0) relax()
        },
        abandoned: onLeft,
      }),
    get ended() {
      return ended
    },
    get begun() {
      return begun
    },
    shut() {
      queue.end()
      relax()
    },
  }
}
