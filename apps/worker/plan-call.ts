import { type AnyCallerWire, type AnyProviderWire, GatewayError } from '#contract'
import type { Connector, Endpoint, ProviderFacts } from '#providers'
import { chooseEndpoint } from '#providers/catalogue'
import type { Delivery } from '#queue'
import { resourceKindOf } from '#store'
import { callerWireOf, providerWireOf } from '#translate'
import type { ProviderSetup, WorkerContext } from './context.ts'
import { type CrossingContext, createCrossingLane } from './lanes/crossing.ts'
import { createFormLane } from './lanes/form.ts'
import type { Lane } from './lanes/lane.ts'
import { createNativeLane } from './lanes/native.ts'
import { createPassthroughLane } from './lanes/passthrough.ts'
import { createResponseKeeper } from './responses/keep-response.ts'
import { createTurnMemory, type TurnMemory } from './turns/turn-memory.ts'

/** What stays the same over all attempts of a job: where to, and in which lane. */
export type Call = {
  readonly setup: ProviderSetup
  readonly facts: ProviderFacts
  readonly endpoint: Endpoint
  readonly connector: Connector
  readonly lane: Lane
  /** The provider's wire; absent where the endpoint is the caller's own API, passed on. */
  readonly wire: AnyProviderWire | undefined
}

/**
 * Chooses endpoint and lane and makes the upstream body. Throws GatewayError: `not-implemented` for what this build does
 * not speak, `invalid-request` for what the target cannot carry.
 */
export function planCall(
  context: WorkerContext,
  delivery: Delivery,
  setup: ProviderSetup,
): Call | Promise<Call> {
  const { header, target } = delivery
  const { facts, connector } = setup
  const callerWire = callerWireOf(header.wire)
  const endpoint = chooseEndpoint(facts, {
    operation: header.operation,
    callerWire: header.wire,
    model: target.model,
    speaks: (wire) => callerWire?.neverCrosses !== true && providerWireOf(wire) !== undefined,
  })
  if (facts === undefined || connector === undefined || endpoint === undefined || callerWire === undefined) {
    throw notImplemented(delivery)
  }
  const wire = providerWireOf(endpoint.wire)
  const withLane = (lane: Lane): Call => ({ setup, facts, endpoint, connector, lane, wire })
  const lane = createLane({ context, delivery, facts, endpoint, callerWire })
  return lane instanceof Promise ? lane.then(withLane) : withLane(lane)
}

function createLane(options: {
  readonly context: WorkerContext
  readonly delivery: Delivery
  readonly facts: ProviderFacts
  readonly endpoint: Endpoint
  readonly callerWire: AnyCallerWire
}): Lane | Promise<Lane> {
  const { context, delivery, endpoint, callerWire } = options
  const { nowMs, logger, owners } = context
  const { header, target, body } = delivery
  const { provider, model } = target
  const shared = { header, provider, model, callerWire, owners, logger, nowMs }
  const request = { body, quirks: { ...options.facts.quirks, ...endpoint.quirks } }
  if (header.passthrough !== undefined && endpoint.wire === header.wire) {
    return createPassthroughLane({ ...shared, wire: callerWire }, { ...request, upload: delivery.upload })
  }
  const isNative =
    header.bodyKind === 'wire' && endpoint.wire === header.wire && header.plan[header.hop]?.native === true
  if (isNative && callerWire.misfits?.({ bytes: body, quirks: request.quirks }) !== true)
    return createNativeLane({ ...shared, wire: callerWire }, request)
  const wire = providerWireOf(endpoint.wire)
  if (wire === undefined) throw notImplemented(delivery)
  if (delivery.upload !== undefined) return createFormLane({ ...shared, wire }, delivery.upload)
  if (header.operation !== 'chat') return createCrossingLane({ ...shared, wire }, request)
  const ends = { header, wire, callerWire }
  const memory = { turns: turnMemory(context, ends), keeperOf: keeperFor(context, ends) }
  return createCrossingLane({ ...shared, wire, ...memory }, request)
}

function turnMemory(
  { store, logger, newSuffix }: WorkerContext,
  { header, wire, callerWire }: Pick<CrossingContext, 'header' | 'wire' | 'callerWire'>,
): TurnMemory | undefined {
  const { records } = store
  return createTurnMemory({ records, logger, requestId: header.requestId, wire, callerWire, newSuffix })
}

/** Keeping is the provider's where it speaks the caller's wire, and nobody's where that wire promises none. */
function keeperFor(
  { store, logger, newSuffix }: WorkerContext,
  { header, wire, callerWire }: Pick<CrossingContext, 'header' | 'wire' | 'callerWire'>,
): CrossingContext['keeperOf'] {
  if (resourceKindOf(callerWire.id) !== 'response' || wire.id === callerWire.id) return undefined
  const { requestId, tenant } = header
  return (request) =>
    createResponseKeeper({ records: store.records, logger, requestId, tenant, request, newSuffix })
}

function notImplemented({ header, target }: Delivery): GatewayError {
  return new GatewayError({
    kind: 'not-implemented',
    code: 'not_implemented',
    message: `This build cannot ask provider "${target.provider}" for ${header.operation} yet; choose a model of another provider.`,
  })
}
