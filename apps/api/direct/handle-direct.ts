import { answerJson } from '../answer-json.ts'
import type { ApiContext, RouteUrl } from '../context.ts'
import { draining } from '../exchange.ts'
import { giveUp, type HttpPair, openExchange } from '../handle-inference.ts'
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
