import { GatewayError } from '#contract'
import { buildUrl, type Endpoint, type ProviderFacts } from '#providers'
import type { Delivery } from '#queue'
import { wireOf } from '#translate'
import type { ProviderSetup } from './context.ts'
import { createCrossingLane } from './lanes/crossing.ts'
import type { Lane, LaneContext } from './lanes/lane.ts'
import { createNativeLane } from './lanes/native.ts'

/** What stays the same over all attempts of a job: where to, and in which lane. */
export type Call = {
  readonly setup: ProviderSetup
  readonly facts: ProviderFacts
  readonly endpoint: Endpoint
  readonly url: string
  readonly lane: Lane
}

/**
 * Chooses endpoint and lane and makes the upstream body. Throws GatewayError: `mismatch` where the provider has no
 * address, `not-implemented` for what this build does not speak, `invalid-request` for what the target cannot carry.
 */
export function planCall(delivery: Delivery, setup: ProviderSetup, nowMs: () => number): Call {
  const { header, target, body } = delivery
  const { facts, config } = setup
  const endpoint = chooseEndpoint(facts?.operations[header.operation] ?? [], header.wire)
  const wire = endpoint === undefined ? undefined : wireOf(endpoint.wire)
  const callerWire = wireOf(header.wire)
  if (facts === undefined || endpoint === undefined || wire === undefined || callerWire === undefined) {
    throw notImplemented(delivery)
  }
  const context: LaneContext = {
    header,
    provider: target.provider,
    model: target.model,
    wire,
    callerWire,
    nowMs,
  }
  const isNative = header.bodyKind === 'wire' && endpoint.wire === header.wire
  const createLane = isNative ? createNativeLane : createCrossingLane
  return {
    setup,
    facts,
    endpoint,
    url: buildUrl(facts, config.network.baseUrl, endpoint),
    lane: createLane(context, { body, quirks: facts.quirks ?? {} }),
  }
}

/** The caller's own wire where the provider speaks it, else the first that this build speaks. */
function chooseEndpoint(endpoints: readonly Endpoint[], callerWire: Endpoint['wire']): Endpoint | undefined {
  return (
    endpoints.find((endpoint) => endpoint.wire === callerWire) ??
    endpoints.find((endpoint) => wireOf(endpoint.wire) !== undefined)
  )
}

function notImplemented({ header, target }: Delivery): GatewayError {
  return new GatewayError({
    kind: 'not-implemented',
    code: 'not_implemented',
    message: `This build cannot ask provider "${target.provider}" for ${header.operation} yet; choose a model of another provider.`,
  })
}
