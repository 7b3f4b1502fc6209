import type { IncomingMessage } from 'node:http'
import type { JsonObject } from '#contract'
import { parseBody } from '../parse-body.ts'
import { readBody } from '../read-body.ts'
import type { ResourceRoute } from './route.ts'

/** What a request brings beside its path: bytes that are whole, or an upload that is read as it is taken. */
export type Payload = {
  readonly bytes: Buffer
  readonly json?: JsonObject
  readonly upload?: AsyncIterable<Uint8Array>
  readonly contentType?: string
}

const nothing: Payload = { bytes: Buffer.alloc(0) }

/** Rejects as `readBody` and `parseBody` do. */
export async function readPayload(
  route: Pick<ResourceRoute, 'body'>,
  request: IncomingMessage,
  limitBytes: number,
): Promise<Payload> {
  if (route.body === 'none' || isEmpty(request)) return nothing
  const contentType = request.headers['content-type'] ?? 'application/octet-stream'
  if (route.body === 'upload') return { ...nothing, upload: request, contentType }
  const bytes = await readBody(request, limitBytes)
  return { bytes, json: parseBody(bytes), contentType }
}

/** Some clients send no body with a POST that needs none, and no content type either. */
function isEmpty({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}
