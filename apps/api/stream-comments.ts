import { GatewayError, isJsonObject, type Json } from '#contract'
import type { AnswerWriter } from './answer-writer.ts'
import type { Exchange } from './exchange.ts'

/*
 * A stream that waits for its first byte, kept open with comments where that was asked for. Balancers cut connections on
 * which nothing is said, mostly after 60 s; the price is that the status is 200 before anybody knows the answer.
 *
 *   waiting → every `everyMs` → a comment goes out, the first one behind the head
 *   waiting → stop() → over
 */

export type StreamComments = { stop(): void }

const none: StreamComments = { stop: () => {} }

/** Only server-sent events know comments; for any other answer, or without a distance, nothing happens. */
export function startStreamComments(
  exchange: Exchange,
  writer: AnswerWriter,
  everyMs: number | undefined,
): StreamComments {
  const { stream, streamFormat } = exchange.facts
  const format = streamFormat ?? exchange.route.wire.streamFormat
  if (everyMs === undefined || stream !== true || format !== 'sse') return none
  const timer = setInterval(() => writer.comment(': waiting\n\n'), everyMs)
  return { stop: () => clearInterval(timer) }
}

/** An error answer of a provider that came when the head had gone out already. */
export type LateRefusal = { push(bytes: Uint8Array): void; error(): GatewayError }

export function createLateRefusal(provider: string, status: number): LateRefusal {
  const pieces: Uint8Array[] = []
  return {
    push: (bytes) => pieces.push(bytes),
    error: () =>
      new GatewayError({
        kind: status < 500 ? 'upstream-rejected' : 'upstream-failed',
        code: 'upstream_error',
        message:
          messageIn(Buffer.concat(pieces).toString('utf8')) ??
          `The provider answered with status ${status}, after the stream had been kept open with comments.`,
        status,
        upstream: { provider, status },
      }),
  }
}

/** `error.message` or `message`, where every vendor has it. */
function messageIn(text: string): string | undefined {
  const body = parse(text)
  if (!isJsonObject(body)) return undefined
  const error = isJsonObject(body['error']) ? body['error'] : body
  return typeof error['message'] === 'string' ? error['message'] : undefined
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    // No JSON: then it says nothing that a caller's client could show.
    return undefined
  }
}
