import { type AnyCallerWire, GatewayError } from '#contract'
import { endAfterUpload } from './end-after-upload.ts'
import type { Exchange } from './exchange.ts'
import { answerHeaders, headerText, retryAfterSeconds } from './response-headers.ts'

/** An error as bytes in the shape that the callers of `wire` parse. */
export function errorBytes(
  wire: AnyCallerWire,
  error: GatewayError,
  requestId: string,
): {
  readonly status: number
  readonly bytes: Buffer
  /** The wire's own. */
  readonly wireHeaders: Readonly<Record<string, string>>
} {
  const answer = wire.encodeError(error, requestId)
  return {
    status: answer.status,
    bytes: Buffer.from(JSON.stringify(answer.body)),
    wireHeaders: answer.headers ?? {},
  }
}

/**
 * Answers a request whose head has not gone out with an error in its caller's shape. A caller that has left gets
 * nothing.
 */
export function answerError(exchange: Exchange, thrown: unknown): void {
  const { request, response, facts } = exchange
  const error = GatewayError.from(exchange.aborted ?? thrown)
  facts.error = error
  if (response.destroyed) return
  const { status, bytes, wireHeaders } = errorBytes(exchange.route.wire, error, exchange.callerRequestId)
  facts.status = status
  const headers = answerHeaders(exchange, {
    ...wireHeaders,
    'content-type': 'application/json',
    ...(error.upstream?.requestId !== undefined && { 'request-id': headerText(error.upstream.requestId) }),
  })
  headers['content-length'] = String(bytes.length)
  const retryAfter = retryAfterSeconds(error)
  if (retryAfter !== undefined) headers['retry-after'] = retryAfter
  if (!request.complete || error.code === 'draining') headers['connection'] = 'close'
  response.writeHead(status, headers)
  endAfterUpload(request, response, bytes)
}
