import type { IncomingMessage } from 'node:http'
import { GatewayError, type JsonObject } from '#contract'
import { parseBody } from '../parse-body.ts'
import { readBody } from '../read-body.ts'
import type { ResourceRoute } from './route.ts'

/** What a request brings beside its path: bytes that are whole, or an upload that is read as it is taken. */
export type Payload = {
  readonly bytes: Buffer
  readonly json?: JsonObject
  readonly upload?: AsyncIterable<Uint8Array>
  /** Where it is known before it is read. */
  readonly uploadLength?: number
  readonly contentType?: string
}

const nothing: Payload = { bytes: Buffer.alloc(0) }

/** Rejects as `readBody` and `parseBody` do; an upload throws `too-large` when more comes than it may. */
export async function readPayload(
  route: Pick<ResourceRoute, 'body'>,
  request: IncomingMessage,
  limits: {
    readonly maxRequestBodyBytes: number
    readonly maxUploadBytes: number
    readonly bodyTimeoutMs: number
  },
): Promise<Payload> {
  if (route.body === 'none' || isEmpty(request)) return nothing
  const contentType = request.headers['content-type'] ?? 'application/octet-stream'
  if (route.body === 'upload') {
    const { 'content-length': length } = request.headers
    const upload = bounded(request, limits.maxUploadBytes)
    return { ...nothing, upload, contentType, ...(length !== undefined && { uploadLength: Number(length) }) }
  }
  const bytes = await readBody(request, {
    limitBytes: limits.maxRequestBodyBytes,
    timeoutMs: limits.bodyTimeoutMs,
  })
  return { bytes, json: parseBody(bytes), contentType }
}

/** Some clients send no body with a POST that needs none, and no content type either. */
function isEmpty({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}

/** What is announced to be too long is refused before any of it is read. */
function bounded(request: IncomingMessage, limitBytes: number): AsyncIterable<Uint8Array> {
  if (Number(request.headers['content-length']) > limitBytes) throw tooLarge(limitBytes)
  return counted(request, limitBytes)
}

async function* counted(request: AsyncIterable<Uint8Array>, limitBytes: number) {
  let length = 0
  for await (const bytes of request) {
    length += bytes.byteLength
    if (length > limitBytes) throw tooLarge(limitBytes)
    yield bytes
  }
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError({
    kind: 'too-large',
    code: 'request_too_large',
    message: `The upload is larger than the ${Math.round((limitBytes / 1_048_576) * 100) / 100} MiB that this gateway accepts; send less, or raise server.max_upload_size_mb.`,
  })
}
