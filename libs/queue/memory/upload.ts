import { GatewayError } from '#contract'
import { clientGone } from '../errors.ts'

/*
 * A request's upload inside one process: the worker pulls, the caller's side is asked for one chunk at a time.
 *
 *   open     next() asks the source
 *   whole    the source has ended
 *   ended    the source failed, the signal was aborted, the reader left, or end(): the source is let go, and a reader
 *            that goes on is told so: what it has is not whole
 */

export type Upload = {
  /** What the worker reads. */
  readonly bytes: AsyncIterable<Uint8Array>
  /** The job is over: nobody reads on. */
  end(): void
}

export function createUpload(
  source: AsyncIterable<Uint8Array>,
  options: {
    /** Aborted with a GatewayError, which the reader then gets. */
    readonly signal: AbortSignal
    /** Applied to every chunk on its way. */
    readonly carry: (bytes: Uint8Array) => Uint8Array
  },
): Upload {
  const { signal } = options
  const iterator = source[Symbol.asyncIterator]()
  let ended = false
  let whole = false
  let wake: (() => void) | undefined

  function end(): void {
    if (ended) return
    ended = true
    signal.removeEventListener('abort', end)
    // The source may be waiting for its caller; it is told, not waited for.
    iterator.return?.().catch(() => {})
    wake?.()
  }

  function whenOver(): IteratorResult<Uint8Array> {
    if (whole) return { done: true, value: undefined }
    throw signal.aborted ? GatewayError.from(signal.reason) : clientGone()
  }

  async function next(): Promise<IteratorResult<Uint8Array>> {
    if (ended) return whenOver()
    const over = new Promise<'over'>((resolve) => {
      wake = () => resolve('over')
    })
    try {
      const step = await Promise.race([iterator.next(), over])
      if (step === 'over' || ended) return whenOver()
      if (step.done !== true) return { done: false, value: options.carry(step.value) }
      whole = true
      end()
      return step
    } catch (error) {
      end()
      throw GatewayError.from(signal.aborted ? signal.reason : error)
    }
  }

  if (signal.aborted) end()
  else signal.addEventListener('abort', end, { once: true })
  return {
    bytes: {
      [Symbol.asyncIterator]: () => ({
        next,
        async return() {
          end()
          return { done: true, value: undefined }
        },
      }),
    },
    end,
  }
}
