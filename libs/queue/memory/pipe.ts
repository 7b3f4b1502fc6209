import type { Draft, Frame } from '#contract'
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
  const waiters = createWaiters()

  function relax(): void {
    sink.unreadBytes = 0
    waiters.wake()
  }

  const sink: Draft<FrameSink> = {
    unreadBytes: 0,
    write(frame) {
      if (pipe.ended) return
      if (frame.type === 'chunk') sink.unreadBytes += frame.bytes.byteLength
      else if (frame.type === 'head') pipe.begun = true
      pipe.ended = frame.type === 'end' || frame.type === 'fail'
      queue.push([options.carry(frame)])
      if (pipe.ended) options.onEnded()
    },
    async below(limitBytes) {
      while (sink.unreadBytes >= limitBytes) await waiters.wait()
    },
  }
  const pipe: Draft<Pipe> = {
    sink,
    ended: false,
    begun: false,
    iterator: (onLeft) =>
      queue.iterator({
        consumed: () => {
          if (queue.held === 0) relax()
        },
        abandoned: onLeft,
      }),
    shut() {
      queue.end()
      relax()
    },
  }
  return pipe
}
