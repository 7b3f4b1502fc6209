import { GatewayError, type Operation, type Passthrough, type Peek } from '#contract'
import { chooseEndpoint, factsOf } from '#providers/catalogue'
import type { Reply } from '#queue'
import { createOwners } from '#store'
import { admitTo, waitFor } from '../admit.ts'
import { answerJson } from '../answer-json.ts'
import { tenantOf } from '../authenticate.ts'
import type { ApiContext, RouteUrl } from '../context.ts'
import { draining, type Exchange } from '../exchange.ts'
import { giveUp, type HttpPair, openExchange } from '../handle-inference.ts'
import { relay } from '../relay.ts'
import { pickForwardHeaders, readRequestOptions } from '../request-options.ts'
import { upstreamQuery } from '../upstream-query.ts'
import { type ChosenOwner, chooseOwner } from './choose-owner.ts'
import { type Payload, readPayload } from './read-payload.ts'
import type { ResourceRoute } from './route.ts'
import { answerStored } from './stored-response.ts'

/**
 * The walk of a request to what a vendor keeps: ours, if the id is one of ours, and then it is answered here; else owner →
 * submit as it is → relay. Never rejects.
 */
export async function handleResource(
  api: ApiContext,
  route: ResourceRoute,
  http: HttpPair & { readonly url: RouteUrl },
): Promise<void> {
  const exchange = openExchange(api, { ...route, passthrough: true }, http)
  try {
    if (!api.inFlight.accepting) throw draining()
    const tenant = tenantOf(api, http.request.headers)
    const id = idIn(route, http.url)
    const stored =
      route.kind === 'response' &&
      id !== undefined &&
      (await answerStored(api, route, { id, url: http.url, tenant }))
    if (stored) {
      answerJson(exchange, stored)
      return
    }
    const payload = await readPayload(route, http.request, {
      ...api.config.server,
      bodyTimeoutMs: api.bodyTimeoutMs,
    })
    const { headers } = http.request
    const owner = await chooseOwner(
      { config: api.config, owners: createOwners(api.store.records) },
      { route, id, json: payload.json, headers, tenant },
    )
    checkServed(route, owner)
    exchange.facts.target = { provider: owner.provider.id, model: '' }
    const reply = await submit(api, { route, exchange, url: http.url, payload, owner, tenant })
    await relay(exchange, reply, { clientStallMs: api.clientStallMs })
  } catch (error) {
    giveUp(api, exchange, error)
  }
}

type Work = {
  readonly route: ResourceRoute
  readonly exchange: Exchange
  readonly url: RouteUrl
  readonly payload: Payload
  readonly owner: ChosenOwner
  readonly tenant: string
}

async function submit(api: ApiContext, work: Work): Promise<Reply> {
  const { route, exchange, url, payload, owner } = work
  const { provider, key } = owner
  const options = readRequestOptions(exchange.request.headers)
  const peek: Peek = {
    model: '',
    stream: url.query.get('stream') === 'true',
    streamUsage: true,
    fallbacks: [],
  }
  exchange.facts.stream = peek.stream
  if (exchange.aborted !== undefined) throw exchange.aborted
  const target = { provider: provider.id, model: '' }
  await admitTo(api, exchange, { tenant: work.tenant, target })
  return await api.broker.submit({
    header: {
      requestId: exchange.requestId,
      callerRequestId: exchange.callerRequestId,
      hop: 0,
      plan: [{ ...target, native: true }],
      surface: route.surface,
      wire: route.resourceWire,
      operation: route.operation,
      peek,
      bodyKind: 'wire',
      passthrough: passthroughOf(route, work),
      ...(key !== undefined && { key }),
      forwardHeaders: pickForwardHeaders(exchange.request.headers, [
        ...api.forwardHeaders,
        ...(route.forwards ?? []),
      ]),
      streamTotalMs: provider.network.streamTotalTimeoutMs,
      tenant: work.tenant,
      priority: options.priority,
      retrySafe: false,
      maxUpstreamCalls: api.config.routing.maxUpstreamCalls,
      warnings: [],
    },
    body: payload.bytes,
    ...(payload.upload !== undefined && { upload: payload.upload }),
    limits: { concurrency: provider.concurrency, bufferSize: provider.bufferSize },
    timeoutMs: options.timeoutMs ?? provider.network.requestTimeoutMs,
    ...waitFor(api, options),
  })
}

function idIn(route: ResourceRoute, { params, query }: RouteUrl): string | undefined {
  return route.idInQuery === undefined ? params['id'] : (query.get(route.idInQuery) ?? undefined)
}

function passthroughOf(
  route: ResourceRoute,
  { url, exchange, payload }: Pick<Work, 'url' | 'exchange' | 'payload'>,
): Passthrough {
  const id = url.params['id']
  return {
    method: route.method,
    rest: id === undefined ? '' : `/${encodeURIComponent(id)}${route.action}`,
    query: upstreamQuery(exchange.request.url, route),
    ...(payload.contentType !== undefined && { contentType: payload.contentType }),
    ...(payload.uploadLength !== undefined && { contentLength: payload.uploadLength }),
  }
}

/** A provider without the API is told here, so that the request costs no place in its queue. */
function checkServed(route: ResourceRoute, { provider }: ChosenOwner): void {
  const endpoint = chooseEndpoint(factsOf(provider.id, provider.custom), {
    operation: route.operation,
    callerWire: route.resourceWire,
    model: '',
    speaks: () => false,
  })
  if (endpoint === undefined) throw notServed(provider.id, route.operation)
}

function notServed(provider: string, operation: Operation): GatewayError {
  return new GatewayError({
    kind: 'not-implemented',
    code: 'not_implemented',
    message: `The provider ${JSON.stringify(provider)} has no API for ${operation} on this surface; name one that has in x-bifrost-provider.`,
    param: 'x-bifrost-provider',
  })
}
