import type { Config, ProviderConfig } from '#config'
import type { ProviderId } from '#contract'
import type { KnownModels } from '#providers/catalogue'
import { providerAdmits } from '#routing'

/** A model as the gateway offers it: `provider/model`, or an alias of the operator's. */
export type ListedModel = {
  readonly id: string
  /** Whose it is; an alias belongs to the provider of its first target. */
  readonly provider: ProviderId
  /** Its name without the provider. */
  readonly name: string
}

/** What a caller asked of the list. */
export type ModelFilter = {
  /** Ids of providers; empty = all. */
  readonly providers: readonly string[]
  /** Part of an id, in whatever case; empty = all. */
  readonly search: string
}

/**
 * All models that the configuration names and, of providers with a key that admits every model, those of the bundled list:
 * aliases first, then provider by provider in file order. No vendor is asked, so a model that only the vendor knows is not
 * listed, and may be used all the same.
 */
export function listModels(
  config: Pick<Config, 'providers' | 'modelAliases'>,
  known: readonly KnownModels[],
): readonly ListedModel[] {
  const aliases = Object.entries(config.modelAliases).map(([id, targets]) => ({
    id,
    provider: targets[0]?.model.split('/', 1)[0] ?? '',
    name: id,
  }))
  const bundled = new Map(known.map(({ provider, models }) => [provider, models]))
  const models = Object.values(config.providers).flatMap((provider) =>
    namesOf(provider, bundled.get(provider.id) ?? []).map((name) => ({
      id: `${provider.id}/${name}`,
      provider: provider.id,
      name,
    })),
  )
  return [...aliases, ...models]
}

function namesOf(provider: ProviderConfig, bundled: readonly string[]): readonly string[] {
  const named = provider.keys.flatMap((key) => key.models).filter((name) => name !== '*')
  return [...new Set([...named, ...bundled.filter((name) => providerAdmits(provider, name))])]
}

export function filterModels(models: readonly ListedModel[], filter: ModelFilter): readonly ListedModel[] {
  const search = filter.search.toLowerCase()
  return models.filter(
    ({ id, provider }) =>
      (filter.providers.length === 0 || filter.providers.includes(provider)) &&
      id.toLowerCase().includes(search),
  )
}

/** `?provider=a,b` (or several of them) and `?search=part`, which all three list shapes take. */
export function readModelFilter(query: URLSearchParams): ModelFilter {
  const providers = query
    .getAll('provider')
    .flatMap((value) => value.split(','))
    .map((id) => id.trim())
    .filter((id) => id !== '')
  return { providers, search: query.get('search') ?? '' }
}
