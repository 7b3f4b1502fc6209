import type { Config, ProviderConfig } from '#config'
import { GatewayError, type Operation, type Peek, type Target, type Warning, type WireId } from '#contract'
import { factsOf, type ProviderFacts, registered } from '#providers/catalogue'
import { buildRoutingTable, resolveModel } from '#routing'
import { wireOf } from '#translate'
import type { InferenceRoute } from './context.ts'
import { matchesPattern } from './model-pattern.ts'

/** Where a request goes, and in which form its body travels. */
export type Plan = {
  readonly target: Target
  readonly provider: ProviderConfig
  /** True when the target speaks the caller's wire: then the caller's bytes travel as they are. */
  readonly native: boolean
  /** What was asked for and is not done. */
  readonly warnings: readonly Warning[]
}

/** Throws `not-found` (`model_not_found`), or `not-implemented` for a provider whose wire this build does not speak. */
export type Planner = (request: {
  readonly peek: Peek
  readonly route: Pick<InferenceRoute, 'wire' | 'operation' | 'ownProvider'>
  /** Of `x-bifrost-fallbacks`. */
  readonly fallbacks: readonly string[]
}) => Plan

/** Reads the configuration once; planning a request is then a few look-ups. */
export function createPlanner(config: Config, random: () => number): Planner {
  const table = buildRoutingTable({
    providers: Object.values(config.providers),
    aliases: config.modelAliases,
    registered: registered.keys(),
  })
  const facts = new Map(
    Object.values(config.providers).map((provider) => [provider.id, factsOf(provider.id, provider.custom)]),
  )
  return ({ peek, route, fallbacks }) => {
    const [target] = resolveModel({ model: peek.model, surfaceProvider: route.ownProvider, table, random })
    const provider = config.providers[target.provider]
    const wire = spokenWire(facts.get(target.provider), route.operation, route.wire.id)
    if (provider === undefined || wire === undefined) throw notImplemented(target, route.operation)
    const asked =
      fallbacks.length > 0 ||
      peek.fallbacks.length > 0 ||
      config.fallbacks.some(({ pattern }) => matchesPattern(pattern, peek.model))
    return {
      target,
      provider,
      native: wire === route.wire.id,
      warnings: asked ? [{ code: 'not_implemented', path: 'fallbacks' }] : [],
    }
  }
}

/** The caller's own wire where the provider has it, else the provider's best one that this build speaks. */
function spokenWire(
  facts: ProviderFacts | undefined,
  operation: Operation,
  callerWire: WireId,
): WireId | undefined {
  const endpoints = facts?.operations[operation] ?? []
  if (endpoints.some((endpoint) => endpoint.wire === callerWire)) return callerWire
  return endpoints.find((endpoint) => wireOf(endpoint.wire) !== undefined)?.wire
}

function notImplemented(target: Target, operation: Operation): GatewayError {
  return new GatewayError({
    kind: 'not-implemented',
    code: 'not_implemented',
    message: `The provider ${JSON.stringify(target.provider)} cannot be asked for ${operation} by this build of the gateway: it does not speak the provider's API yet.`,
    param: 'model',
  })
}
