import type { Config, ProviderConfig } from '#config'
import {
  GatewayError,
  type JsonObject,
  type Operation,
  type Peek,
  type ProviderId,
  type Target,
  type Warning,
} from '#contract'
import { chooseEndpoint, factsOf, registered } from '#providers/catalogue'
import { buildRoutingTable, matchesPattern, type RoutingTable, resolveModel } from '#routing'
import { providerWireOf } from '#translate'
import type { InferenceRoute } from './context.ts'

/** Where a request goes, and in which form its body travels. */
export type Plan = {
  readonly target: Target
  readonly provider: ProviderConfig
  /** True when the target speaks the caller's wire: then the caller's bytes travel as they are. */
  readonly native: boolean
  /** True for a count of tokens that the target's provider does not make: then it is estimated here. */
  readonly estimated: boolean
  /** What was asked for and is not done. */
  readonly warnings: readonly Warning[]
}

/** Throws `not-found` (`model_not_found`), or `not-implemented` for a provider whose wire this build does not speak. */
export type Planner = (request: {
  readonly peek: Peek
  /** Parsed, where it is JSON. */
  readonly body?: JsonObject
  readonly route: Pick<InferenceRoute, 'wire' | 'operation' | 'ownProvider'>
  /** Of `x-bifrost-fallbacks`. */
  readonly fallbacks: readonly string[]
  /** The provider that the caller asks for beside the model, or without one. */
  readonly provider?: string | undefined
}) => Plan

/** The first target of a name, as a planner finds it; throws `not-found` (`model_not_found`). */
export type Resolver = (model: string, surfaceProvider: ProviderId) => Target

export function createResolver(config: Config): Resolver {
  const table = routingTable(config)
  return (model, surfaceProvider) => resolveModel({ model, surfaceProvider, table, random: () => 0 })[0]
}

function routingTable(config: Config): RoutingTable {
  return buildRoutingTable({
    providers: Object.values(config.providers),
    aliases: config.modelAliases,
    registered: registered.keys(),
  })
}

/** Reads the configuration once; planning a request is then a few look-ups. */
export function createPlanner(config: Config, random: () => number): Planner {
  const table = routingTable(config)
  const facts = new Map(
    Object.values(config.providers).map((provider) => [provider.id, factsOf(provider.id, provider.custom)]),
  )
  const resolve = (model: string, surfaceProvider: string, provider: string | undefined): Target => {
    if (model === '') return { provider: provider ?? surfaceProvider, model }
    const name = provider === undefined ? model : `${provider}/${model}`
    return resolveModel({ model: name, surfaceProvider, table, random })[0]
  }
  return ({ peek, body, route, fallbacks, provider: askedProvider }) => {
    const target = resolve(peek.model, route.ownProvider, askedProvider)
    if (config.providers[target.provider] === undefined) throw notConfigured(target.provider)
    const provider = config.providers[target.provider]
    const endpoint = chooseEndpoint(facts.get(target.provider), {
      operation: route.operation,
      callerWire: route.wire.id,
      model: target.model,
      speaks: (wire) => route.wire.neverCrosses !== true && providerWireOf(wire) !== undefined,
    })
    const estimated = endpoint === undefined && route.operation === 'count-tokens'
    if (provider === undefined || (endpoint === undefined && !estimated)) {
      throw notImplemented(target, route.operation)
    }
    const decodes = body !== undefined && route.wire.mustDecode?.({ body, peek, model: target.model })
    const asked =
      fallbacks.length > 0 ||
      peek.fallbacks.length > 0 ||
      config.fallbacks.some(({ pattern }) => matchesPattern(pattern, peek.model))
    return {
      target,
      provider,
      native: endpoint?.wire === route.wire.id && decodes !== true,
      estimated,
      warnings: asked ? [{ code: 'not_implemented', path: 'fallbacks' }] : [],
    }
  }
}

function notConfigured(provider: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'provider_not_found',
    message: `The provider ${JSON.stringify(provider.slice(0, 120))} is not configured here; add it to providers in the gateway's config, or name another in x-bifrost-provider.`,
    param: 'x-bifrost-provider',
  })
}

function notImplemented(target: Target, operation: Operation): GatewayError {
  return new GatewayError({
    kind: 'not-implemented',
    code: 'not_implemented',
    message: `The provider ${JSON.stringify(target.provider)} cannot be asked for ${operation} by this build of the gateway: it does not speak the provider's API yet.`,
    param: 'model',
  })
}
