import type { Frame } from '#contract'

/*
 * Frames that came, between whoever brings them and the one who iterates.
 *
 *   waiting    nothing here: the reader's `next` is pending
 *   holding    frames wait for the reader
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
  let held: Frame[] = []
  let ended = false
  let terminalTaken = false
  let waiting: ((result: IteratorResult<readonly Frame[]>) => void) | undefined

  function handOut(): IteratorResult<readonly Frame[]> {
    const frames = held
    held = []
    const last = frames[frames.length - 1]
    if (last?.type === 'end' || last?.type === 'fail') terminalTaken = true
    return { done: false, value: frames }
  }

  return {
    push(frames) {
      if (ended) return
      held.push(...frames)
      const resolve = waiting
      waiting = undefined
      resolve?.(handOut())
    },
    end() {
      ended = true
      held = []
      const resolve = waiting
      waiting = undefined
      resolve?.({ done: true, value: undefined })
    },
    get held() {
      return held.length
    },
    iterator: (hooks) => ({
      async next() {
        hooks.consumed()
        if (held.length > 0) return handOut()
        if (ended || terminalTaken) return { done: true, value: undefined }
        return new Promise((resolve) => {
          waiting = resolve
        })
      },
      async return() {
        if (terminalTaken) hooks.consumed()
        else hooks.abandoned()
        return { done: true, value: undefined }
      },
    }),
  }
}
