import { GatewayError, type ProviderId, type Strategy, type Target } from '#contract'
import { matchRule, type RuledRequest, type TargetRule } from './match-rule.ts'
import { orderTargets, type TargetFacts } from './order-targets.ts'
import { matchesPattern } from './pattern.ts'
import { type NonEmpty, type ResolveOptions, resolveTargets, type WeightedTarget } from './resolve-model.ts'
import type { RoutingTable } from './table.ts'
import type { Random } from './weighted.ts'

/** What brought a target into the plan. */
export type TargetSource =
  | 'model'
  | 'alias'
  | 'rule'
  | 'body'
  | 'header'
  | 'rule-fallbacks'
  | 'config-fallbacks'

export type SourcedTarget = Target & { readonly source: TargetSource }

export type TargetPlan = {
  /** In the order in which they are tried; each (provider, model) once. */
  readonly targets: NonEmpty<SourcedTarget>
  readonly strategy: Strategy
  /** The name of the rule that decided. */
  readonly rule?: string
  /** Whether an order was drawn or hung on what is known at the moment: then the next one may be another. */
  readonly isOrdered: boolean
}

export type PlannedRequest = RuledRequest & {
  /** The provider whose API the surface speaks. */
  readonly surfaceProvider: ProviderId
  /** The provider that the caller asks for beside the model, or without one. */
  readonly provider?: ProviderId | undefined
  /** `fallbacks` of the body: models as a caller names them. */
  readonly bodyFallbacks: readonly string[]
  /** Of `x-bifrost-fallbacks`. */
  readonly headerFallbacks: readonly string[]
}

/** The part of the config that decides. */
export type TargetPolicy = {
  readonly table: RoutingTable
  readonly strategy: Strategy
  readonly rules: readonly TargetRule[]
  /** Patterns in file order. */
  readonly fallbacks: readonly { readonly pattern: string; readonly targets: readonly string[] }[]
}

/** As many as the header may name. */
const maxFallbacks = 16

/**
 * Where a request goes, in order:
 *
 *   1. The targets of the first rule that fits, else those of the model that was named; with several (an alias, a rule) all of
 *      them in the order of the rule's strategy, else the config's. So an alias over two providers survives one of them.
 *   2. The caller's fallbacks: the body's, else the header's.
 *   3. The rule's fallbacks where it has a list, be it empty; else those of the config's first pattern that fits the model as it
 *      was named, or the first target as `provider/model` or `model`.
 *
 * A fallback that is an alias stands for all of its targets. A request without a model has one target and no fallbacks: what it
 * asks for (files, batches) is at one provider only.
 *
 * Throws GatewayError `not-found` (`model_not_found`) for a name that leads nowhere; its `param` is `model`, `fallbacks[1]` or
 * `x-bifrost-fallbacks`. Throws `invalid-request` for more than 16 fallbacks in the body.
 */
export function planTargets(options: {
  readonly request: PlannedRequest
  readonly policy: TargetPolicy
  readonly factsOf: (target: Target) => TargetFacts | undefined
  readonly random: Random
}): TargetPlan {
  const { request, policy } = options
  const rule = request.model === '' ? undefined : matchRule(policy.rules, request)
  const strategy = rule?.strategy ?? policy.strategy
  let isOrdered = false
  const order = (targets: NonEmpty<WeightedTarget>, source: TargetSource) => {
    isOrdered ||= targets.length > 1
    return sourced(orderTargets({ ...options, targets, strategy }), source)
  }
  const [first, ...others] = order(...startOf(request, policy, rule))
  const fallbacks = fallbacksOf(request, policy, { rule, first })
  const later = fallbacks.flatMap(({ source, ...name }) =>
    order(resolveTargets({ ...name, surfaceProvider: request.surfaceProvider, table: policy.table }), source),
  )
  return {
    targets: [first, ...distinct([first, ...others, ...later]).slice(1)],
    strategy,
    isOrdered,
    ...(rule !== undefined && { rule: rule.name }),
  }
}

function sourced([first, ...others]: NonEmpty<Target>, source: TargetSource): NonEmpty<SourcedTarget> {
  const from = ({ provider, model }: Target) => ({ provider, model, source })
  return [from(first), ...others.map(from)]
}

function startOf(
  request: PlannedRequest,
  { table }: TargetPolicy,
  rule: TargetRule | undefined,
): readonly [NonEmpty<WeightedTarget>, TargetSource] {
  const { model, provider, surfaceProvider } = request
  if (model === '') return [[{ provider: provider ?? surfaceProvider, model, weight: 1 }], 'model']
  const resolve = (name: string) => resolveTargets({ model: name, surfaceProvider, table })
  const [first, ...others] = rule?.targets?.flatMap((target) => weighed(target, resolve)) ?? []
  if (first !== undefined) return [[first, ...others], 'rule']
  if (provider !== undefined) return [resolve(`${provider}/${model}`), 'model']
  return [resolve(model), (table.aliases.get(model) ?? []).length > 0 ? 'alias' : 'model']
}

/** A target that is itself an alias shares its weight among what that stands for. */
function weighed(
  { model, weight }: { readonly model: string; readonly weight: number },
  resolve: (name: string) => readonly WeightedTarget[],
): readonly WeightedTarget[] {
  const targets = resolve(model)
  const total = targets.reduce((sum, target) => sum + target.weight, 0)
  return targets.map((target) => ({
    ...target,
    weight: total === 0 ? weight / targets.length : (weight * target.weight) / total,
  }))
}

type Fallback = Pick<ResolveOptions, 'model' | 'param'> & { readonly source: TargetSource }

function fallbacksOf(
  request: PlannedRequest,
  policy: TargetPolicy,
  { rule, first }: { readonly rule: TargetRule | undefined; readonly first: Target },
): readonly Fallback[] {
  if (request.model === '') return []
  const operators = rule?.fallbacks?.map((model): Fallback => ({ model, source: 'rule-fallbacks' }))
  return [...callersFallbacks(request), ...(operators ?? configFallbacks(request.model, policy, first))]
}

function callersFallbacks({ bodyFallbacks, headerFallbacks }: PlannedRequest): readonly Fallback[] {
  if (bodyFallbacks.length > maxFallbacks) throw tooManyFallbacks()
  if (bodyFallbacks.length > 0) {
    return bodyFallbacks.map((model, index) => ({ model, param: `fallbacks[${index}]`, source: 'body' }))
  }
  return headerFallbacks.map((model) => ({ model, param: 'x-bifrost-fallbacks', source: 'header' }))
}

function configFallbacks(named: string, { fallbacks }: TargetPolicy, first: Target): readonly Fallback[] {
  const names = [named, `${first.provider}/${first.model}`, first.model]
  const found = fallbacks.find(({ pattern }) => names.some((name) => matchesPattern(pattern, name)))
  return found?.targets.map((model) => ({ model, source: 'config-fallbacks' })) ?? []
}

function distinct(targets: readonly SourcedTarget[]): readonly SourcedTarget[] {
  const seen = new Set<string>()
  return targets.filter(({ provider, model }) => {
    const id = `${provider}/${model}`
    if (seen.has(id)) return false
    seen.add(id)
    return true
  })
}

function tooManyFallbacks(): GatewayError {
  return new GatewayError({
    kind: 'invalid-request',
    code: 'invalid_fallbacks',
    message: `fallbacks may name at most ${maxFallbacks} models.`,
    param: 'fallbacks',
  })
}
