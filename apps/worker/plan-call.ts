import { type AnyCallerWire, GatewayError } from '#contract'
import type { Connector, Endpoint, ProviderFacts } from '#providers'
import { chooseEndpoint } from '#providers/catalogue'
import type { Delivery } from '#queue'
import { callerWireOf, providerWireOf } from '#translate'
import type { ProviderSetup } from './context.ts'
import { createCrossingLane } from './lanes/crossing.ts'
import type { Lane } from './lanes/lane.ts'
import { createNativeLane } from './lanes/native.ts'
import { createPassthroughLane } from './lanes/passthrough.ts'

/** What stays the same over all attempts of a job: where to, and in which lane. */
export type Call = {
  readonly setup: ProviderSetup
  readonly facts: ProviderFacts
  readonly endpoint: Endpoint
  readonly connector: Connector
  readonly lane: Lane
}

/**
 * Chooses endpoint and lane and makes the upstream body. Throws GatewayError: `not-implemented` for what this build does
 * not speak, `invalid-request` for what the target cannot carry.
 */
export function planCall(delivery: Delivery, setup: ProviderSetup, nowMs: () => number): Call {
  const { header, target } = delivery
  const { facts, connector } = setup
  const callerWire = callerWireOf(header.wire)
  const endpoint = chooseEndpoint(facts, {
    operation: header.operation,
    callerWire: header.wire,
    model: target.model,
    speaks: (wire) => providerWireOf(wire) !== undefined,
  })
  if (facts === undefined || connector === undefined || endpoint === undefined || callerWire === undefined) {
    throw notImplemented(delivery)
  }
  return {
    setup,
    facts,
    endpoint,
    connector,
    lane: createLane({ delivery, facts, endpoint, callerWire, nowMs }),
  }
}

function createLane(options: {
  readonly delivery: Delivery
  readonly facts: ProviderFacts
  readonly endpoint: Endpoint
  readonly callerWire: AnyCallerWire
  readonly nowMs: () => number
}): Lane {
  const { delivery, endpoint, callerWire, nowMs } = options
  const { header, target, body } = delivery
  const shared = { header, provider: target.provider, model: target.model, callerWire, nowMs }
  const request = { body, quirks: { ...options.facts.quirks, ...endpoint.quirks } }
  if (header.passthrough !== undefined) {
    return createPassthroughLane({ ...shared, wire: callerWire }, { ...request, upload: delivery.upload })
  }
  const isNative = header.bodyKind === 'wire' && endpoint.wire === header.wire
  if (isNative) return createNativeLane({ ...shared, wire: callerWire }, request)
  const wire = providerWireOf(endpoint.wire)
  if (wire === undefined) throw notImplemented(delivery)
  return createCrossingLane({ ...shared, wire }, request)
}

function notImplemented({ header, target }: Delivery): GatewayError {
  return new GatewayError({
    kind: 'not-implemented',
    code: 'not_implemented',
    message: `This build cannot ask provider "${target.provider}" for ${header.operation} yet; choose a model of another provider.`,
  })
}
