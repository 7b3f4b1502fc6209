import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type AnyCallerWire, GatewayError } from '#contract'
import { errorBytes } from './answer-error.ts'
import type { ApiContext } from './context.ts'
import { requestTimeout } from './read-body.ts'

/** As Node's own handler reads it: the answer that is being written to a socket. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null }

/**
 * Answers what the HTTP parser gives up (no route, so OpenAI's shape), closes its connection and logs it. Into an answer
 * that has begun nothing is written: its connection is cut.
 */
export function refuseConnection(
  api: ApiContext,
  options: {
    readonly wire: AnyCallerWire
    readonly thrown: Error & { readonly code?: string }
    readonly socket: Socket
  },
): void {
  const { thrown } = options
  const socket: HttpSocket = options.socket
  const inHand = socket._httpMessage ?? undefined
  if (thrown.code === 'ECONNRESET' || !socket.writable || inHand?.headersSent) {
    socket.destroy()
    return
  }
  const { error, reason } = refusal(thrown.code)
  const requestId = api.newId()
  const { status, bytes } = errorBytes(options.wire, error, requestId)
  const head = [
    `HTTP/1.1 ${status} ${reason}`,
    'connection: close',
    'content-type: application/json',
    `content-length: ${bytes.length}`,
    `x-request-id: ${requestId}`,
    `request-id: ${requestId}`,
  ]
  socket.write(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]))
  socket.destroySoon()
  // A request whose head was whole is in hand already and counted when its connection closes.
  if (inHand === undefined) {
    api.metrics.requestFinished({
      provider: undefined,
      model: undefined,
      status,
      surface: 'none',
      durationMs: 0,
    })
  }
  api.logger.warn({ requestId, status, code: error.code, parser: thrown.code }, 'request')
}

function refusal(code: string | undefined): { readonly error: GatewayError; readonly reason: string } {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { error: requestTimeout(), reason: 'Request Timeout' }
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const message =
      'The request line and headers are larger than 16 KiB together. Send fewer or shorter ones.'
    const error = new GatewayError({ kind: 'too-large', code: 'headers_too_large', status: 431, message })
    return { error, reason: 'Request Header Fields Too Large' }
  }
  const message =
    'This is no valid HTTP/1.1 request. Its request line, a header or its body length is malformed.'
  return {
    error: new GatewayError({ kind: 'invalid-request', code: 'bad_request', message }),
    reason: 'Bad Request',
  }
}
