import type { ProviderStreamFormat, StreamFrame, StreamTap, TapFacts } from '#contract'
import { createFrameScanner } from './framing/frames.ts'

/*
 * The native lane of a stream: the provider's bytes go on as they came, whole events at a time.
 *
 *   held     bytes of the event that has begun and not ended; never forwarded before its end, so that an abrupt close
 *            upstream leaves the caller at the end of a whole event and our error event can follow
 *   outcome  'failed' once the tap saw the provider's error, else 'complete' once it saw the natural end,
 *            else 'truncated'
 *   error    an event that reports the provider's error is given to `rewriteError`; nothing else is ever rewritten
 */

/** How a native stream ended: see `end`. */
export type NativeOutcome = 'complete' | 'failed' | 'truncated'

export type NativeStream = {
  /** Bytes to forward now: whole events, byte for byte what came, without those that the tap withholds; errors rewritten. */
  push(bytes: Uint8Array): Uint8Array
  /**
   * The upstream ended cleanly. `rest` is the tail of a complete (or failed) stream that no empty line ended; the tail
   * of a truncated one is dropped. After an abrupt close there is nothing to call: what was held is dropped.
   */
  end(): { readonly rest: Uint8Array; readonly outcome: NativeOutcome }
  facts(): TapFacts
}

const nothing = new Uint8Array(0)

type Fate = 'forward' | 'withhold' | 'rewrite'

export type NativeStreamOptions = {
  /** Absent = server-sent events. */
  readonly format?: ProviderStreamFormat
  /** Gets the bytes of an event that reports the provider's error, and returns those that go on instead. */
  rewriteError?(event: Uint8Array): Uint8Array
}

export function createNativeStream(tap: StreamTap, options: NativeStreamOptions = {}): NativeStream {
  const { rewriteError = (event: Uint8Array) => event } = options
  const scanner = createFrameScanner(options.format ?? 'sse')
  let held: Uint8Array[] = []
  /** Whether the last block was kept back. */
  let withheld = false

  /** Shows a frame to the tap. The first error is the one that the tap sees; later ones are known by their look. */
  function observe(frame: StreamFrame): Fate {
    const failedBefore = tap.failed()
    if (tap.push(frame) === 'withhold') return 'withhold'
    if (!tap.failed()) return 'forward'
    const isError =
      !failedBefore || frame.exception === true || frame.event === 'error' || frame.data.includes('"error"')
    return isError ? 'rewrite' : 'forward'
  }

  function fateOf(block: StreamFrame | 'no-data' | 'line-feed'): Fate {
    if (block === 'line-feed') return withheld ? 'withhold' : 'forward'
    const fate = block === 'no-data' ? 'forward' : observe(block)
    withheld = fate === 'withhold'
    return fate
  }

  return {
    push(bytes) {
      const pieces: Uint8Array[] = []
      let boundary = 0
      let runStart = 0
      scanner.scan(bytes, (block, end) => {
        const fate = fateOf(block)
        if (fate !== 'forward') {
          if (boundary > runStart) takeRun(pieces, held, bytes.subarray(runStart, boundary))
          if (fate === 'rewrite') pieces.push(rewriteError(join([...held, bytes.subarray(boundary, end)])))
          held = []
          runStart = end
        }
        boundary = end
      })
      if (boundary > runStart) takeRun(pieces, held, bytes.subarray(runStart, boundary))
      if (boundary < bytes.length) held.push(bytes.subarray(boundary))
      return join(pieces)
    },
    end() {
      const frame = scanner.rest()
      const fate = frame === undefined ? 'forward' : observe(frame)
      const outcome = tap.failed() ? 'failed' : tap.complete() ? 'complete' : 'truncated'
      const rest = fate === 'withhold' || outcome === 'truncated' ? nothing : join(held)
      held = []
      return { rest: fate === 'rewrite' ? rewriteError(rest) : rest, outcome }
    },
    facts: () => tap.facts(),
  }
}

/** A run of forwarded bytes: what was held of its first event, then the bytes of this push. */
function takeRun(pieces: Uint8Array[], held: Uint8Array[], run: Uint8Array): void {
  pieces.push(...held, run)
  held.length = 0
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces
  if (first === undefined) return nothing
  return pieces.length === 1 ? first : Buffer.concat(pieces)
}
