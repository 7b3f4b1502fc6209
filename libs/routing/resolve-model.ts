import { GatewayError, type ProviderId, type Target } from '#contract'
import { providerAdmits } from './admits.ts'
import type { RoutingTable } from './table.ts'
import { chooseWeighted, type Random } from './weighted.ts'

export type ResolveOptions = {
  readonly model: string
  /** The provider whose API the surface speaks. */
  readonly surfaceProvider: ProviderId
  readonly table: RoutingTable
  /** What an error names as its origin; absent = `model`. */
  readonly param?: string
}

/** A target and how often it is chosen beside its siblings. */
export type WeightedTarget = Target & { readonly weight: number }

export type NonEmpty<Item> = readonly [Item, ...Item[]]

/**
 * What the name of a model stands for:
 *
 *   1. an exact alias: all of its targets
 *   2. the id of a configured or registered provider before the first `/` (the rest may hold more of them)
 *   3. a provider with a key that lists the model by name: the surface's own first, then in file order
 *   4. the surface's own provider
 *
 * Throws GatewayError `not-found` (`model_not_found`) when the provider is registered but not configured, when the
 * surface's own is not configured, and when no key of the provider admits the model.
 */
export function resolveTargets(options: ResolveOptions): NonEmpty<WeightedTarget> {
  const alias = options.table.aliases.get(options.model) ?? []
  const [first, ...others] = alias.map(({ model, weight }) => ({ ...checked(model, options), weight }))
  return first === undefined ? [{ ...checked(options.model, options), weight: 1 }] : [first, ...others]
}

/** One target of a model, chosen by weight; throws as `resolveTargets`. */
export function resolveModel(options: ResolveOptions & { readonly random: Random }): readonly [Target] {
  const { model, table, random } = options
  const alias = chooseWeighted(table.aliases.get(model) ?? [], random)
  return [checked(alias?.model ?? model, options)]
}

/** `name` as a target that can be asked; the caller is told of the name that it used. */
function checked(name: string, options: ResolveOptions): Target {
  const { table } = options
  const target = prefixed(name, table) ?? unprefixed(name, options)
  const provider = table.providers.get(target.provider)
  if (provider === undefined) throw notConfigured(options, target.provider)
  if (target.model === '' || !providerAdmits(provider, target.model)) throw notAdmitted(options, target)
  return target
}

function prefixed(model: string, table: RoutingTable): Target | undefined {
  const slash = model.indexOf('/')
  const provider = model.slice(0, Math.max(slash, 0))
  if (!table.providers.has(provider) && !table.registered.has(provider)) return undefined
  return { provider, model: model.slice(slash + 1) }
}

function unprefixed(model: string, { surfaceProvider, table }: ResolveOptions): Target {
  const listing = table.listedBy.get(model) ?? []
  const provider = listing.includes(surfaceProvider) ? surfaceProvider : (listing[0] ?? surfaceProvider)
  return { provider, model }
}

function notConfigured({ model, param }: ResolveOptions, provider: ProviderId): GatewayError {
  return notFound(
    `The model ${quoted(model)} is asked of the provider ${quoted(provider)}, which is not configured here. Add providers.${provider} to the gateway's config, or name a configured provider before the model: "provider/model".`,
    param,
  )
}

function notAdmitted({ model, param }: ResolveOptions, target: Target): GatewayError {
  return notFound(
    `The model ${quoted(model)} does not exist here: no key of the provider ${quoted(target.provider)} admits it. Add it to the models of a key of providers.${target.provider} in the gateway's config, or ask for another model.`,
    param,
  )
}

function notFound(message: string, param = 'model'): GatewayError {
  return new GatewayError({ kind: 'not-found', code: 'model_not_found', message, param })
}

/** The caller's own word, bounded: it ends in an answer and in a log line. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
}
