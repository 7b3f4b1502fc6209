import { GatewayError, type ProviderId, type Target } from '#contract'
import { providerAdmits } from './choose-key.ts'
import type { RoutingTable } from './table.ts'
import { chooseWeighted, type Random } from './weighted.ts'

/**
 * The targets of a request, in the order in which they are tried, from the model that the caller named:
 *
 *   1. an exact alias: one of its targets by weight
 *   2. the id of a configured or registered provider before the first `/` (the rest may hold more of them)
 *   3. a provider with a key that lists the model by name: the surface's own first, then in file order
 *   4. the surface's own provider
 *
 * Throws GatewayError `not-found` (`model_not_found`) when the provider is registered but not configured, when the
 * surface's own is not configured, and when no key of the provider admits the model.
 */
export function resolveModel(options: {
  readonly model: string
  /** The provider whose API the surface speaks. */
  readonly surfaceProvider: ProviderId
  readonly table: RoutingTable
  readonly random: Random
}): readonly [Target, ...Target[]] {
  const { model, table } = options
  const alias = chooseWeighted(table.aliases.get(model) ?? [], options.random)
  const target = prefixed(alias?.model ?? model, table) ?? unprefixed(options)
  const provider = table.providers.get(target.provider)
  if (provider === undefined) throw notConfigured(model, target.provider)
  if (target.model === '' || !providerAdmits(provider, target.model)) throw notAdmitted(model, target)
  return [target]
}

function prefixed(model: string, table: RoutingTable): Target | undefined {
  const slash = model.indexOf('/')
  const provider = model.slice(0, Math.max(slash, 0))
  if (!table.providers.has(provider) && !table.registered.has(provider)) return undefined
  return { provider, model: model.slice(slash + 1) }
}

function unprefixed(options: {
  readonly model: string
  readonly surfaceProvider: ProviderId
  readonly table: RoutingTable
}): Target {
  const { model, surfaceProvider, table } = options
  const listing = table.listedBy.get(model) ?? []
  const provider = listing.includes(surfaceProvider) ? surfaceProvider : (listing[0] ?? surfaceProvider)
  return { provider, model }
}

function notConfigured(model: string, provider: ProviderId): GatewayError {
  return notFound(
    `The model ${quoted(model)} is asked of the provider ${quoted(provider)}, which is not configured here. Add providers.${provider} to the gateway's config, or name a configured provider before the model: "provider/model".`,
  )
}

function notAdmitted(model: string, target: Target): GatewayError {
  return notFound(
    `The model ${quoted(model)} does not exist here: no key of the provider ${quoted(target.provider)} admits it. Add it to the models of a key of providers.${target.provider} in the gateway's config, or ask for another model.`,
  )
}

function notFound(message: string): GatewayError {
  return new GatewayError({ kind: 'not-found', code: 'model_not_found', message, param: 'model' })
}

/** The caller's own word, bounded: it ends in an answer and in a log line. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
}
