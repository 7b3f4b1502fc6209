import type { ApiContext, RouteUrl } from '../context.ts'
import { endAfterUpload } from '../end-after-upload.ts'
import { draining, type Exchange } from '../exchange.ts'
import { giveUp, type HttpPair, openExchange } from '../handle-inference.ts'
import { answerHeaders } from '../response-headers.ts'
import type { DirectRoute } from './route.ts'

/** Answers from what this pod knows, with the same headers, access line and metrics as any other request. Never rejects. */
export async function handleDirect(
  api: ApiContext,
  route: DirectRoute,
  http: HttpPair & { readonly url: RouteUrl },
): Promise<void> {
  const exchange = openExchange(api, route, http)
  try {
    if (!api.inFlight.accepting) throw draining()
    const body = await route.answer(http.url, http.request)
    if (exchange.aborted !== undefined) throw exchange.aborted
    answerJson(exchange, body)
  } catch (error) {
    giveUp(api, exchange, error)
  }
}

/** A whole answer of ours. Whoever sends a body where none is asked for gets it without that being read. */
export function answerJson(exchange: Exchange, body: object): void {
  const { request, response, facts } = exchange
  const bytes = Buffer.from(JSON.stringify(body))
  facts.status = 200
  const headers = answerHeaders(exchange, { 'content-type': 'application/json' })
  headers['content-length'] = String(bytes.length)
  if (!request.complete) headers['connection'] = 'close'
  response.writeHead(200, headers)
  endAfterUpload(request, response, bytes)
}
