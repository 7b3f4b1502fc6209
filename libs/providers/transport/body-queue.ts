/*
 * Bytes of one answer between the socket, which pushes, and the reader, which pulls.
 *
 *   state      entered by                          next() gives
 *   open       creation                            a chunk; waits when there is none
 *   ended      end()                               the chunks left, then done
 *   failed     fail(error)                         the chunks left, then throws; `discard` drops them first
 *   released   return() of the reader, or the end  done
 *
 * Above `highWaterBytes` push() asks the socket to pause; the reader asks it to go on at half of that.
 */

/** What the queue asks of the socket. */
export type BodySource = {
  /** The reader has caught up after a pause. */
  resume(): void
  /** The reader left before the end. Called at most once, never after `end` or `fail`. */
  release(): void
}

export type BodyQueue = {
  readonly body: AsyncIterable<Uint8Array>
  /** Returns false when the socket should pause. */
  push(chunk: Uint8Array): boolean
  end(): void
  fail(error: Error, options?: { readonly discard?: boolean }): void
}

export const highWaterBytes = 128 * 1024

type Waiter = {
  resolve(result: IteratorResult<Uint8Array>): void
  reject(error: Error): void
}

const done: IteratorResult<Uint8Array> = { done: true, value: undefined }

export function createBodyQueue(source: BodySource): BodyQueue {
  let state: 'open' | 'ended' | 'failed' | 'released' = 'open'
  let failure: Error | undefined
  let chunks: Uint8Array[] = []
  let bufferedBytes = 0
  let paused = false
  let waiter: Waiter | undefined

  function takeWaiter(): Waiter | undefined {
    const taken = waiter
    waiter = undefined
    return taken
  }

  function takeChunk(): Uint8Array | undefined {
    const chunk = chunks.shift()
    if (chunk === undefined) return undefined
    bufferedBytes -= chunk.length
    if (paused && bufferedBytes <= highWaterBytes / 2) {
      paused = false
      if (state === 'open') source.resume()
    }
    return chunk
  }

  const reader = {
    next(): Promise<IteratorResult<Uint8Array>> {
      const value = takeChunk()
      if (value !== undefined) return Promise.resolve({ done: false, value })
      if (state === 'open') return new Promise((resolve, reject) => (waiter = { resolve, reject }))
      if (state !== 'failed') return Promise.resolve(done)
      state = 'released'
      return Promise.reject(failure)
    },
    return(): Promise<IteratorResult<Uint8Array>> {
      const wasOpen = state === 'open'
      state = 'released'
      chunks = []
      takeWaiter()?.resolve(done)
      if (wasOpen) source.release()
      return Promise.resolve(done)
    },
  }

  return {
    body: { [Symbol.asyncIterator]: () => reader },
    push(chunk) {
      if (state !== 'open' || chunk.length === 0) return true
      const waiting = takeWaiter()
      if (waiting === undefined) {
        chunks.push(chunk)
        bufferedBytes += chunk.length
        paused = bufferedBytes > highWaterBytes
      }
      waiting?.resolve({ done: false, value: chunk })
      return !paused
    },
    end() {
      if (state !== 'open') return
      state = 'ended'
      takeWaiter()?.resolve(done)
    },
    fail(error, options) {
      if (state !== 'open') return
      if (options?.discard === true) chunks = []
      failure = error
      const waiting = takeWaiter()
      state = waiting === undefined ? 'failed' : 'released'
      waiting?.reject(error)
    },
  }
}
