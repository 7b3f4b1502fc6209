import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ChatRequest, GatewayError, type JsonObject, type Peek, type RequestAddress } from '#contract'
import type { Reply } from '#queue'
import { recordExchange } from './access-log.ts'
import { answerError } from './answer-error.ts'
import { answerEstimate } from './answer-estimate.ts'
import { clientKey } from './authenticate.ts'
import type { ApiContext, InferenceRoute } from './context.ts'
import { addWarnings, clientGone, createExchange, draining, type Exchange } from './exchange.ts'
import { type Named, nameModel } from './name-model.ts'
import { parseBody } from './parse-body.ts'
import type { Plan } from './plan.ts'
import { readBody } from './read-body.ts'
import { relay } from './relay.ts'
import { pickForwardHeaders, type RequestOptions, readRequestOptions } from './request-options.ts'
import { type Continuation, continueRequest, withEarlier } from './resources/continue-request.ts'

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
    const tenant = api.tenantOf(clientKey(http.request.headers))
    const plan = api.plan({ peek, body, route, fallbacks: options.fallbacks })
    exchange.facts.target = plan.target
    addWarnings(exchange.facts, plan.warnings)
    const { address } = http
    if (plan.estimated) {
      await answerEstimate(exchange, route.wire, { body, address })
      return
    }
    const continuation = await continueRequest(api, route, { bytes, body, plan, tenant })
    const work = { address, peek, bytes, body, tenant, plan, options, continuation }
    const reply = await submit(api, route, exchange, work)
    await relay(exchange, reply, {
      clientStallMs: api.clientStallMs,
      streamCommentsMs: options.streamCommentsMs ?? api.config.server.streamCommentsMs,
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
  api.inFlight.add(exchange)
  // Not request.signal: it aborts as soon as the body of a POST has been read.
  http.response.once('close', () => {
    if (!http.response.writableFinished) {
      exchange.abort(clientGone())
      exchange.facts.error ??= clientGone()
    }
    recordExchange(api, exchange)
    api.inFlight.remove(exchange)
  })
  return exchange
}

type Work = {
  readonly address: RequestAddress
  readonly peek: Peek
  readonly bytes: Buffer
  readonly body: JsonObject
  readonly tenant: string
  readonly plan: Plan
  readonly options: RequestOptions
  readonly continuation: Continuation
}

async function submit(
  api: ApiContext,
  route: InferenceRoute,
  exchange: Exchange,
  work: Work,
): Promise<Reply> {
  const { plan, options, continuation } = work
  // What was said before is nothing that the caller's bytes could hold.
  const native = plan.native && continuation.earlier === undefined
  const payload = native ? { bytes: work.bytes, warnings: [] } : canonical(route, work)
  addWarnings(exchange.facts, payload.warnings)
  if (exchange.aborted !== undefined) throw exchange.aborted
  return await api.broker.submit({
    header: {
      requestId: exchange.requestId,
      callerRequestId: exchange.callerRequestId,
      hop: 0,
      plan: [{ ...plan.target, native }],
      surface: route.surface,
      wire: route.wire.id,
      operation: route.operation,
      peek: work.peek,
      bodyKind: native ? 'wire' : 'canonical',
      ...(continuation.key !== undefined && { key: continuation.key }),
      forwardHeaders: pickForwardHeaders(exchange.request.headers, api.forwardHeaders),
      streamTotalMs: plan.provider.network.streamTotalTimeoutMs,
      tenant: work.tenant,
      priority: options.priority,
      retrySafe: false,
      warnings: payload.warnings,
      maxUpstreamCalls: api.config.routing.maxUpstreamCalls,
      address: work.address,
    },
    body: payload.bytes,
    limits: { concurrency: plan.provider.concurrency, bufferSize: plan.provider.bufferSize },
    timeoutMs: options.timeoutMs ?? plan.provider.network.requestTimeoutMs,
  })
}

/** The request on no vendor's wire; throws `invalid-request` for what its own wire does not allow. */
function canonical(route: InferenceRoute, work: Pick<Work, 'body' | 'address' | 'continuation'>) {
  const { request, warnings } = route.wire.decodeRequest(work.body, work.address)
  const { earlier } = work.continuation
  const whole = earlier === undefined ? request : withEarlier(request as ChatRequest, earlier)
  return { bytes: Buffer.from(JSON.stringify(whole)), warnings }
}
