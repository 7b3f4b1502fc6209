import type { IncomingMessage } from 'node:http'
import { GatewayError } from '#contract'
import { clientGone } from './exchange.ts'

/**
 * Collects a request's body as it came. Rejects `unsupported-media-type` (415) for what is not plain JSON,
 * `too-large` (413) as soon as it is known that more than `limitBytes` are coming (the rest is then still unread),
 * `timeout` (408) when it takes too long to arrive, and `cancelled` when the connection closes before the end.
 */
export async function readBody(
  request: IncomingMessage,
  { limitBytes, timeoutMs }: { readonly limitBytes: number; readonly timeoutMs: number },
): Promise<Buffer> {
  checkMediaType(request)
  if (Number(request.headers['content-length']) > limitBytes) throw tooLarge(limitBytes)
  return await collect(request, limitBytes, timeoutMs)
}

function collect(request: IncomingMessage, limitBytes: number, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const onData = (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length > limitBytes) settle(() => reject(tooLarge(limitBytes)))
    }
    const onEnd = () => settle(() => resolve(whole(chunks, length)))
    const onGone = () => settle(() => reject(clientGone()))
    const timer = setTimeout(() => settle(() => reject(requestTimeout())), timeoutMs)
    const settle = (then: () => void) => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('close', onGone)
      // Stays: a socket that breaks while the rest of the upload is discarded must not become an uncaught error.
      request.on('error', ignoreBrokenUpload)
      then()
    }
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}

/** The connection is gone; `close` follows on the response and ends the exchange there. */
function ignoreBrokenUpload(): void {}

function whole(chunks: readonly Buffer[], length: number): Buffer {
  const [only] = chunks
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, length)
}

/** `application/json`, or a structured suffix of it, in UTF-8 and not compressed. */
function checkMediaType(request: IncomingMessage): void {
  checkEncoding(request)
  const type = request.headers['content-type']
  if (type === undefined) throw unsupported('The content-type header is missing; send application/json.')
  if (type === 'application/json') return
  const essence = (type.split(';', 1)[0] ?? '').trim().toLowerCase()
  if (essence === 'application/json' || /^application\/[\w.-]+\+json$/.test(essence)) return
  throw unsupported(`The content-type "${printable(type)}" is not supported here; send application/json.`)
}

/** What is not compressed. */
export function checkEncoding(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw unsupported(
      `The body is sent with content-encoding "${printable(encoding)}"; send it uncompressed.`,
    )
  }
}

function printable(text: string): string {
  return text.slice(0, 100).replace(/[^\x20-\x7e]/g, '?')
}

function unsupported(message: string): GatewayError {
  return new GatewayError({ kind: 'unsupported-media-type', code: 'unsupported_media_type', message })
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError({
    kind: 'too-large',
    code: 'request_too_large',
    message: `The request body is larger than the ${Math.round((limitBytes / 1_048_576) * 100) / 100} MiB that this gateway accepts; send less, or raise server.max_request_body_size_mb.`,
  })
}

export function requestTimeout(): GatewayError {
  return new GatewayError({
    kind: 'timeout',
    code: 'request_timeout',
    status: 408,
    message: 'The request did not arrive whole in time. Send its head and body without a pause.',
  })
}
