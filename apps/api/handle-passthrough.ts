import type { IncomingMessage, ServerResponse } from 'node:http'
import { GatewayError, type Passthrough, type RequestAddress } from '#contract'
import type { Reply } from '#queue'
import { admitTo, timesFor, waitFor } from './admit.ts'
import { tenantOf } from './authenticate.ts'
import type { ApiContext, InferenceRoute, PassthroughRoute, RouteUrl } from './context.ts'
import { addWarnings, draining, type Exchange } from './exchange.ts'
import { giveUp, openExchange } from './handle-inference.ts'
import { parseBody } from './parse-body.ts'
import type { Plan } from './plan.ts'
import { type Content, readContent } from './read-content.ts'
import type { Upload } from './read-form.ts'
import { relay } from './relay.ts'
import {
  pickForwardHeaders,
  type RequestOptions,
  readRequestOptions,
  readTargetHeaders,
} from './request-options.ts'
import { upstreamQuery } from './upstream-query.ts'

/**
 * The walk of a request that goes on as it is: body (whole, or the head of a form) → peek → plan → submit → relay.
 * Whatever throws before the answer has begun becomes an error answer in the caller's shape. Never rejects.
 */
export async function handlePassthrough(
  api: ApiContext,
  route: InferenceRoute & { readonly passthrough: PassthroughRoute },
  http: {
    readonly request: IncomingMessage
    readonly response: ServerResponse
    readonly baseHeaders: Readonly<Record<string, string>>
    readonly address: RequestAddress
    readonly deployment: string | undefined
    readonly url: RouteUrl
  },
): Promise<void> {
  const { request } = http
  const exchange = openExchange(api, route, http)
  const { facts } = exchange
  try {
    if (!api.inFlight.accepting) throw draining()
    const options = readRequestOptions(request.headers)
    const asked = readTargetHeaders(request.headers)
    const passthrough = passthroughOf(route, http)
    const content = await readContent(api, route, { ...http, fallbackModel: asked.model })
    if (content.peek.model !== '') facts.requestedModel = content.peek.model
    facts.stream = content.peek.stream
    const resolve = (model: string) =>
      api.plan({
        peek: { ...content.peek, model },
        route,
        fallbacks: options.fallbacks,
        provider: asked.provider,
      })
    const plan = resolve(content.peek.model)
    facts.target = plan.target
    addWarnings(facts, plan.warnings)
    if (exchange.aborted !== undefined) throw exchange.aborted
    const reply = await submit(api, exchange, { passthrough, content, plan, options, resolve })
    await relay(exchange, reply, { clientStallMs: api.clientStallMs })
  } catch (error) {
    giveUp(api, exchange, error)
  }
}

type Work = {
  readonly passthrough: Passthrough
  readonly content: Content
  readonly plan: Plan
  readonly options: RequestOptions
  resolve(model: string): Plan
}

async function submit(api: ApiContext, exchange: Exchange, work: Work): Promise<Reply> {
  const { request, route } = exchange
  const { content, plan, options } = work
  const { concurrency, bufferSize } = plan.provider
  const { timeoutMs, streamTotalMs } = timesFor(api, plan, options)
  const upload = uploadOf(exchange, work)
  const crossing = crossingOf(route, work)
  const tenant = tenantOf(api, request.headers)
  await admitTo(api, exchange, { tenant, target: plan.target })
  return await api.broker.submit({
    header: {
      requestId: exchange.requestId,
      callerRequestId: exchange.callerRequestId,
      hop: 0,
      plan: [{ ...plan.target, native: plan.native }],
      surface: route.surface,
      wire: route.wire.id,
      operation: route.operation,
      peek: content.peek,
      bodyKind: crossing === undefined ? 'wire' : 'canonical',
      ...(crossing === undefined && {
        passthrough: {
          ...work.passthrough,
          ...contentTypeOf(request, content),
          ...(upload?.length !== undefined && { contentLength: upload.length }),
        },
      }),
      forwardHeaders: pickForwardHeaders(request.headers, api.forwardHeaders),
      streamTotalMs,
      tenant,
      priority: options.priority,
      retrySafe: false,
      maxUpstreamCalls: api.config.routing.maxUpstreamCalls,
      warnings: [...plan.warnings, ...(crossing?.warnings ?? [])],
    },
    body: crossing?.bytes ?? ('bytes' in content ? content.bytes : new Uint8Array()),
    ...(upload !== undefined && { upload: upload.bytes }),
    limits: { concurrency, bufferSize },
    timeoutMs,
    ...waitFor(api, options),
  })
}

/** A JSON body whose provider takes another one, on no vendor's wire; a form is translated as it goes up. */
function crossingOf({ wire }: Exchange['route'], { plan, content }: Work) {
  if (plan.native || content.kind !== 'json') return undefined
  const { request, warnings } = wire.decodeRequest(parseBody(Buffer.from(content.bytes)))
  return { bytes: Buffer.from(JSON.stringify(request)), warnings }
}

function uploadOf(exchange: Exchange, work: Work): Upload | undefined {
  const { content } = work
  if (content.kind === 'form') return content.form.upload((value) => modelOf(exchange, work, value))
  return content.kind === 'bytes' ? content.upload : undefined
}

/**
 * What takes the place of a form's `model`. One that was not known when the request was planned is resolved now, and
 * can only mean the provider that the request is on its way to.
 */
function modelOf({ facts }: Exchange, { content, plan, resolve }: Work, value: string): string {
  if (content.peek.model !== '') return plan.target.model
  facts.requestedModel = value
  const { provider, model } = resolve(value).target
  if (provider !== plan.target.provider) throw modelTooLate(value, plan.target.provider)
  return model
}

function passthroughOf(
  route: InferenceRoute & { readonly passthrough: PassthroughRoute },
  { request, url }: { readonly request: IncomingMessage; readonly url: RouteUrl },
): Passthrough {
  const { method } = request
  return {
    method: method === 'GET' || method === 'DELETE' ? method : 'POST',
    rest: safeRest(route.passthrough.rest?.(url) ?? ''),
    query: upstreamQuery(request.url, route),
  }
}

/** A step up in what follows the endpoint's path would ask the provider for something else, with the gateway's key. */
function safeRest(rest: string): string {
  const climbs = rest.split(/[/\\]|%2f|%5c/i).some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
  if (!climbs && /^(?:\/[!-~]*)?$/.test(rest) && !/[?#]/.test(rest)) return rest
  throw new GatewayError({
    kind: 'not-found',
    code: 'unknown_url',
    message:
      'The gateway serves nothing at this path: it holds a "." or ".." segment or a character that no id has.',
  })
}

function contentTypeOf(request: IncomingMessage, content: Content): { readonly contentType?: string } {
  const type = request.headers['content-type']
  return type === undefined || content.kind === 'none' ? {} : { contentType: type }
}

function modelTooLate(model: string, provider: string): GatewayError {
  return new GatewayError({
    kind: 'invalid-request',
    code: 'model_too_late',
    message: `The form names the model ${JSON.stringify(model.slice(0, 120))} behind more than 1 MiB of other parts, when the request was already on its way to "${provider}", which does not serve it. Put the model before the file, or name it in the header x-bifrost-model.`,
    param: 'model',
  })
}
