import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError, type RequestAddress } from '#contract'
import { recordExchange } from './access-log.ts'
import { answerError } from './answer-error.ts'
import { answerEstimate } from './answer-estimate.ts'
import { tenantOf } from './authenticate.ts'
import type { ApiContext, InferenceRoute } from './context.ts'
import { addWarnings, clientGone, createExchange, draining, type Exchange } from './exchange.ts'
import { type Named, nameModel } from './name-model.ts'
import { parseBody } from './parse-body.ts'
import { readBody } from './read-body.ts'
import { relay } from './relay.ts'
import { readRequestOptions } from './request-options.ts'
import { continueRequest } from './resources/continue-request.ts'
import { answerOf } from './submit-inference.ts'

/** A request as the server has it. */
export type HttpPair = {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Headers that stand on every answer (CORS). */
  readonly baseHeaders: Readonly<Record<string, string>>
}

/**
 * The walk of one request: body → parse → peek → authenticate → plan → decode where the target crosses → submit →
 * relay. Whatever throws before the answer has begun becomes an error answer in the caller's shape. Never rejects.
 */
export async function handleInference(
  api: ApiContext,
  route: InferenceRoute,
  http: HttpPair & { readonly address: RequestAddress; readonly deployment: string | undefined },
): Promise<void> {
  const exchange = openExchange(api, route, http)
  try {
    if (!api.inFlight.accepting) throw draining()
    const options = readRequestOptions(http.request.headers)
    const sent = await readBody(http.request, {
      limitBytes: api.config.server.maxRequestBodyBytes,
      timeoutMs: api.bodyTimeoutMs,
    })
    const named = nameModel({ bytes: sent, json: parseBody(sent, route.wire.parse) }, http.deployment)
    const { bytes, json: body } = rewritten(exchange, route, named)
    const peek = route.wire.peek(body, http.address)
    exchange.facts.requestedModel = peek.model
    exchange.facts.stream = peek.stream
    if (peek.streamFormat !== undefined) exchange.facts.streamFormat = peek.streamFormat
    const tenant = tenantOf(api, http.request.headers)
    const { headers } = http.request
    const plan = api.plan({ peek, body, route, headers, fallbacks: options.fallbacks })
    exchange.facts.target = plan.target
    if (plan.rule !== undefined) exchange.facts.rule = plan.rule
    addWarnings(exchange.facts, plan.warnings)
    const { address } = http
    if (plan.estimated) {
      await answerEstimate(exchange, route.wire, { body, address })
      return
    }
    const continuation = await continueRequest(api, route, { bytes, body, plan, tenant })
    const work = { address, peek, bytes, body, tenant, plan, options, continuation }
    const reply = await answerOf(api, route, exchange, work)
    await relay(exchange, reply, {
      clientStallMs: api.clientStallMs,
      streamCommentsMs: options.streamCommentsMs ?? api.config.server.streamCommentsMs,
      costOf: api.costOf,
    })
  } catch (error) {
    giveUp(api, exchange, error)
  }
}

/** In the wire's own shape, where clients of the route write in others. */
function rewritten(exchange: Exchange, { rewrite }: InferenceRoute, sent: Named): Named {
  if (rewrite === undefined) return sent
  const { body, warnings } = rewrite(sent.json)
  addWarnings(exchange.facts, warnings)
  return body === sent.json ? sent : { bytes: Buffer.from(JSON.stringify(body)), json: body }
}

/** No one is left to catch what is thrown here, and one request must not end the process. */
export function giveUp(api: ApiContext, exchange: Exchange, thrown: unknown): void {
  try {
    if (!exchange.response.headersSent) {
      answerError(exchange, thrown)
      return
    }
    exchange.facts.error ??= GatewayError.from(thrown)
  } catch (error) {
    api.logger.error({ requestId: exchange.requestId, error }, 'an error could not be answered')
  }
  exchange.response.destroy()
}

/** From here on the exchange is in flight until its connection has been closed or given back. */
export function openExchange(api: ApiContext, route: Exchange['route'], http: HttpPair): Exchange {
  const exchange = createExchange({ route, ...http, requestId: api.newId(), startedAtMs: api.now() })
  const place = api.inFlight.add(exchange)
  // Not request.signal: it aborts as soon as the body of a POST has been read.
  http.response.once('close', () => {
    if (!http.response.writableFinished) {
      exchange.abort(clientGone())
      exchange.facts.error ??= clientGone()
    }
    recordExchange(api, exchange)
    api.inFlight.remove(place)
  })
  return exchange
}
