import type { StreamTap, TapFacts } from '#contract'
import { createSseScanner } from './framing/sse.ts'

/*
 * The native lane of a stream: the provider's bytes go on as they came, whole events at a time.
 *
 *   held     bytes of the event that has begun and not ended; never forwarded before its end, so that an abrupt close
 *            upstream leaves the caller at the end of a whole event and our error event can follow
 *   outcome  'failed' once the tap saw the provider's error, else 'complete' once it saw the natural end,
 *            else 'truncated'
 */

/** How a native stream ended: see `end`. */
export type NativeOutcome = 'complete' | 'failed' | 'truncated'

export type NativeStream = {
  /** Bytes to forward now: whole events, byte for byte what came, without those that the tap withholds. */
  push(bytes: Uint8Array): Uint8Array
  /**
   * The upstream ended cleanly. `rest` is the tail of a complete (or failed) stream that no empty line ended; the tail
   * of a truncated one is dropped. After an abrupt close there is nothing to call: what was held is dropped.
   */
  end(): { readonly rest: Uint8Array; readonly outcome: NativeOutcome }
  facts(): TapFacts
}

const nothing = new Uint8Array(0)

export function createNativeStream(tap: StreamTap): NativeStream {
  const scanner = createSseScanner()
  let held: Uint8Array[] = []
  /** Whether the last block was kept back. */
  let withheld = false

  return {
    push(bytes) {
      const pieces: Uint8Array[] = []
      let boundary = 0
      let runStart = 0
      scanner.scan(bytes, (block, end) => {
        if (block !== 'line-feed') withheld = block !== 'no-data' && tap.push(block) === 'withhold'
        if (withheld) {
          if (boundary > runStart) takeRun(pieces, held, bytes.subarray(runStart, boundary))
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
      const keepBack = frame !== undefined && tap.push(frame) === 'withhold'
      const outcome = tap.failed() ? 'failed' : tap.complete() ? 'complete' : 'truncated'
      const rest = keepBack || outcome === 'truncated' ? nothing : join(held)
      held = []
      return { rest, outcome }
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
