import { endAfterUpload } from './end-after-upload.ts'
import type { Exchange } from './exchange.ts'
import { answerHeaders } from './response-headers.ts'

/** A whole answer of ours. Whoever sends a body where none is asked for gets it without that being read. */
export function answerJson(
  exchange: Exchange,
  body: object,
  extra: Readonly<Record<string, string>> = {},
): void {
  const { request, response, facts } = exchange
  const bytes = Buffer.from(JSON.stringify(body))
  facts.status = 200
  const headers = answerHeaders(exchange, { 'content-type': 'application/json', ...extra })
  headers['content-length'] = String(bytes.length)
  if (!request.complete) headers['connection'] = 'close'
  response.writeHead(200, headers)
  endAfterUpload(request, response, bytes)
}
