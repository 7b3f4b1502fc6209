import type { ProviderId } from '#contract'

/** What choosing needs to know of a key; a config's key is one. */
export type RoutingKey = {
  readonly name: string
  /** Empty or `["*"]` admits every model. */
  readonly models: readonly string[]
  readonly weight: number
}

export type RoutingProvider = { readonly id: ProviderId; readonly keys: readonly RoutingKey[] }

/** One target of an alias: `provider/model`. */
export type RoutingAliasTarget = { readonly model: string; readonly weight: number }

/** Plain data from the config and the catalogue. */
export type RoutingInput = {
  /** In file order. */
  readonly providers: readonly RoutingProvider[]
  readonly aliases: Readonly<Record<string, readonly RoutingAliasTarget[]>>
  /** Ids of all vendors that the gateway knows, configured or not. */
  readonly registered: Iterable<ProviderId>
}

/** The same, indexed once, so that resolving a model does not depend on how long the config is. */
export type RoutingTable = {
  readonly providers: ReadonlyMap<ProviderId, RoutingProvider>
  readonly aliases: ReadonlyMap<string, readonly RoutingAliasTarget[]>
  readonly registered: ReadonlySet<ProviderId>
  /** Providers whose keys list a model by name, in file order. `*` is no name: it admits, it does not attract. */
  readonly listedBy: ReadonlyMap<string, readonly ProviderId[]>
}

export function buildRoutingTable(input: RoutingInput): RoutingTable {
  const listedBy = new Map<string, ProviderId[]>()
  for (const provider of input.providers) {
    for (const model of new Set(provider.keys.flatMap((key) => key.models))) {
      if (model === '*') continue
      const ids = listedBy.get(model)
      if (ids === undefined) listedBy.set(model, [provider.id])
      else ids.push(provider.id)
    }
  }
  return {
    providers: new Map(input.providers.map((provider) => [provider.id, provider])),
    aliases: new Map(Object.entries(input.aliases)),
    registered: new Set(input.registered),
    listedBy,
  }
}
