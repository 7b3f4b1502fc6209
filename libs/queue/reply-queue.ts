import type { Draft, Frame } from '#contract'

/*
 * Frames that came, between whoever brings them and the one who iterates.
 *
 *   waiting    nothing here: the reader's `next` is pending
 *   holding    frames wait for the reader; one that was waiting takes all that was pushed in the same go
 *   ended      the terminal frame was handed out, or the reader was told to stop
 */

export type ReplyQueue = {
  push(frames: readonly Frame[]): void
  /** No more frames: a pending `next` resolves as done. */
  end(): void
  /** How many frames wait for the reader. */
  readonly held: number
  iterator(hooks: {
    /** All frames handed out so far were consumed. */
    consumed(): void
    /** The reader left before the terminal frame. */
    abandoned(): void
  }): AsyncIterator<readonly Frame[]>
}

export function createReplyQueue(): ReplyQueue {
  let frames: Frame[] = []
  let ended = false
  let terminalTaken = false
  let wake: (() => void) | undefined

  function takeAll(): readonly Frame[] {
    const taken = frames
    frames = []
    queue.held = 0
    return taken
  }

  function handOut(): IteratorResult<readonly Frame[]> {
    const value = takeAll()
    const last = value.at(-1)
    if (last === undefined) return { done: true, value: undefined }
    if (last.type === 'end' || last.type === 'fail') terminalTaken = true
    return { done: false, value }
  }

  const queue: Draft<ReplyQueue> = {
    held: 0,
    push(more) {
      if (ended) return
      for (const frame of more) frames.push(frame)
      queue.held = frames.length
      wake?.()
    },
    end() {
      ended = true
      takeAll()
      wake?.()
    },
    iterator: (hooks) => ({
      async next() {
        hooks.consumed()
        if (frames.length === 0 && !ended && !terminalTaken) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        return handOut()
      },
      async return() {
        if (terminalTaken) hooks.consumed()
        else hooks.abandoned()
        return { done: true, value: undefined }
      },
    }),
  }
  return queue
}
