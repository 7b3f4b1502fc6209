import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AnyCallerWire, errorKinds, GatewayError } from '#contract'
import { errorBytes } from './answer-error.ts'
import type { ApiContext } from './context.ts'
import { endAfterUpload } from './end-after-upload.ts'
import { type Served, type Shape, shapeOf, surfaceOf, unrouted } from './routes/unrouted.ts'

/** Answers a request that met no route or that the framework refused, in the shape that the callers of its path parse. Logs and counts it when the answer is out. */
export function answerUnrouted(
  api: ApiContext,
  options: {
    readonly request: IncomingMessage
    /** As the caller wrote it. */
    readonly url: string
    readonly response: ServerResponse
    readonly baseHeaders: Readonly<Record<string, string>>
    readonly served: Served
    readonly wires: Readonly<Record<Shape, AnyCallerWire>>
    /** Absent = it met no route. */
    readonly error?: GatewayError | undefined
  },
): void {
  const { request, response } = options
  const startedAtMs = api.now()
  const path = options.url.split('?', 1)[0] ?? '/'
  const method = request.method ?? 'GET'
  const error = options.error ?? refusalOf(request, path, options.served)
  const requestId = api.newId()
  const { status, bytes, wireHeaders } = errorBytes(options.wires[shapeOf(path)], error, requestId)
  response.writeHead(status, {
    ...options.baseHeaders,
    ...wireHeaders,
    'content-type': 'application/json',
    'content-length': bytes.length,
    'x-request-id': requestId,
    'request-id': requestId,
    ...(status === 405 && { allow: options.served(path).join(', ') }),
    ...(!request.complete && { connection: 'close' }),
  })
  response.once('close', () => {
    const durationMs = api.now() - startedAtMs
    api.metrics.requestFinished({
      provider: undefined,
      model: undefined,
      status,
      surface: surfaceOf(path) ?? 'none',
      durationMs,
    })
    api.logger[errorKinds[error.kind].level](
      {
        requestId,
        method,
        path: path.slice(0, 128).replace(/[^!-~]/g, '?'),
        status,
        durationMs: Math.round(durationMs * 10) / 10,
        code: error.code,
        ...(error.cause !== undefined && { error: error.cause }),
      },
      'request',
    )
  })
  endAfterUpload(request, response, bytes)
}

function refusalOf({ method = 'GET', headers }: IncomingMessage, path: string, served: Served): GatewayError {
  return headers.upgrade?.toLowerCase() === 'websocket' && served(path).length > 0
    ? noWebSocket()
    : unrouted(method, path, served)
}

/** Codex goes on by HTTP at once when it is told 426; with any other status it tries again first. */
function noWebSocket(): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'upgrade_required',
    status: 426,
    message: 'This path is not served over a WebSocket; send the request with POST.',
  })
}
