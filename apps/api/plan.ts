import type { Config } from '#config'
import {
  GatewayError,
  isJsonObject,
  type JsonObject,
  type Operation,
  type Peek,
  type ProviderId,
  type Target,
  type Warning,
} from '#contract'
import { chooseEndpoint, factsOf, registered } from '#providers/catalogue'
import { buildRoutingTable, planTargets, type RoutingTable, resolveModel, type TargetFacts } from '#routing'
import { providerWireOf } from '#translate'
import type { InferenceRoute } from './context.ts'
import type { Stop } from './stop.ts'

/** Where a request goes, and in which form its body travels. */
export type Plan = Stop & {
  /** True for a count of tokens that the target's provider does not make: then it is estimated here. */
  readonly estimated: boolean
  /** Where it goes when this target cannot answer, in order. */
  readonly later: readonly Stop[]
  /** The name of the routing rule that decided. */
  readonly rule?: string
  /** Targets that cannot be asked for this at all. */
  readonly warnings: readonly Warning[]
}

export type PlanRequest = {
  readonly peek: Peek
  /** Parsed, where it is JSON. */
  readonly body?: JsonObject
  readonly route: Pick<InferenceRoute, 'wire' | 'operation' | 'ownProvider'>
  /** Lower case; what rules look at. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  /** Of `x-bifrost-fallbacks`. */
  readonly fallbacks: readonly string[]
  /** The provider that the caller asks for beside the model, or without one. */
  readonly provider?: string | undefined
}

/** Throws `not-found` (`model_not_found`), or `not-implemented` for a provider whose wire this build does not speak. */
export type Planner = (request: PlanRequest) => Plan

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

export type PlannerOptions = {
  readonly config: Config
  readonly random: () => number
  /** What is known of a target now, for the strategies. */
  factsOf(target: Target): TargetFacts | undefined
}

/** Reads the configuration once; planning a request is then a few look-ups. */
export function createPlanner({ config, random, factsOf: targetFacts }: PlannerOptions): Planner {
  const { strategy, rules } = config.routing
  const policy = { table: routingTable(config), strategy, rules, fallbacks: config.fallbacks }
  const vendors = new Map(
    Object.values(config.providers).map((provider) => [provider.id, factsOf(provider.id, provider.custom)]),
  )

  /** The target as it would be asked; without a wire where its provider cannot be asked for this. */
  function stopAt({ provider, model }: Target, { route, body, peek }: PlanRequest): Stop {
    const target = { provider, model }
    const configured = config.providers[provider]
    if (configured === undefined) throw notConfigured(provider)
    const vendor = vendors.get(provider)
    const endpoint = chooseEndpoint(vendor, {
      operation: route.operation,
      callerWire: route.wire.id,
      model,
      speaks: (wire) => route.wire.neverCrosses !== true && providerWireOf(wire) !== undefined,
    })
    const decodes = body !== undefined && route.wire.mustDecode?.({ body, peek, model })
    return {
      target,
      provider: configured,
      native: endpoint?.wire === route.wire.id && decodes !== true,
      wire: endpoint?.wire,
      quirks: { ...vendor?.quirks, ...endpoint?.quirks },
    }
  }

  function planAnew(request: PlanRequest): { readonly plan: Plan; readonly isOrdered: boolean } {
    const { peek, route } = request
    const { targets, rule, isOrdered } = planTargets({
      request: {
        model: peek.model,
        headers: textHeaders(request.headers ?? {}),
        metadata: metadataOf(request.body),
        surfaceProvider: route.ownProvider,
        provider: request.provider,
        bodyFallbacks: peek.fallbacks,
        headerFallbacks: request.fallbacks,
      },
      policy,
      factsOf: targetFacts,
      random,
    })
    const [first, ...others] = targets
    const start = stopAt(first, request)
    const estimated = start.wire === undefined && route.operation === 'count-tokens'
    if (start.wire === undefined && !estimated) throw notImplemented(start.target, route.operation)
    const stops = others.map((target) => stopAt(target, request))
    const plan = {
      ...start,
      estimated,
      later: stops.filter((stop) => stop.wire !== undefined),
      ...(rule !== undefined && { rule }),
      warnings: stops.flatMap((stop) => (stop.wire === undefined ? leftOut(stop.target) : [])),
    }
    return { plan, isOrdered }
  }

  const known = createKnownPlans()
  return (request) => {
    // Without rules and the caller's own fallbacks a plan hangs on names alone, unless its wire looks into the body.
    const isByName =
      rules.length === 0 &&
      request.peek.fallbacks.length === 0 &&
      request.fallbacks.length === 0 &&
      request.route.wire.mustDecode === undefined
    if (!isByName) return planAnew(request).plan
    const found = known.find(request)
    if (found !== undefined) return found
    const { plan, isOrdered } = planAnew(request)
    if (!isOrdered) known.keep(request, plan)
    return plan
  }
}

/** Callers make up names of models: so many plans are kept, and forgotten all at once. */
const mostKnownPlans = 1_000

/** Plans that were made before, by all that they hang on. */
function createKnownPlans() {
  const known = new WeakMap<PlanRequest['route']['wire'], Map<string, Plan>>()
  // A provider comes in a header, which can hold no zero: it cannot be taken for the beginning of another one's model.
  const nameOf = ({ route, peek, provider = '' }: PlanRequest) =>
    [route.operation, route.ownProvider, provider, peek.model].join('\0')
  return {
    find: (request: PlanRequest): Plan | undefined => known.get(request.route.wire)?.get(nameOf(request)),
    keep(request: PlanRequest, plan: Plan): void {
      const { wire } = request.route
      const plans = known.get(wire) ?? new Map<string, Plan>()
      if (plans.size >= mostKnownPlans) plans.clear()
      plans.set(nameOf(request), plan)
      known.set(wire, plans)
    },
  }
}

/** A target that leaves the plan, by name: it may stand in the body, in a header or in the configuration. */
export function leftOut({ provider, model }: Target): Warning {
  return { code: 'unsupported', path: `fallbacks[${provider}/${model}]` }
}

/** Node joins a header that came twice; the one that it does not (`set-cookie`) is no request's, and fits no pattern. */
function textHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Readonly<Record<string, string>> {
  return headers as Readonly<Record<string, string>>
}

function metadataOf(body: JsonObject | undefined): JsonObject {
  const metadata = body?.['metadata']
  return isJsonObject(metadata) ? metadata : {}
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
