import type { TapFacts, Warning } from '#contract'
import { passthroughHeaders } from '../response-headers.ts'
import type { Exchange } from './lane.ts'
import { readPieces } from './read-answer.ts'

/**
 * An answer of any type as it is, in pieces as they come; the head goes with the first, so that a provider that breaks
 * off before it is an error. `end` is asked once all have gone.
 */
export async function relayBody(
  exchange: Exchange,
  options: {
    readonly warnings: readonly Warning[]
    /** Beside the provider's. */
    readonly headers?: Readonly<Record<string, string>>
    readonly onPiece?: (bytes: Uint8Array) => void
    readonly end?: () => Promise<TapFacts | undefined>
  },
): Promise<void> {
  const { response, answer } = exchange
  const { warnings } = options
  const sendHead = () => {
    if (answer.headSent) return
    const headers = { ...passthroughHeaders(response.headers), ...options.headers }
    answer.head({ status: response.status, headers, warnings })
  }
  await readPieces(exchange, (bytes) => {
    sendHead()
    answer.body(bytes)
    options.onPiece?.(bytes)
  })
  sendHead()
  answer.end({ ...(await options.end?.()), warnings })
}
