/** As much of the configuration as names something. */
export type NamingConfig = {
  readonly providers: Readonly<
    Record<string, { readonly keys: readonly { readonly models: readonly string[] }[] }>
  >
  readonly modelAliases: Readonly<Record<string, readonly { readonly model: string }[]>>
  readonly fallbacks: readonly { readonly targets: readonly string[] }[]
}

/**
 * The closed sets of label values: the configured providers, and the models that the configuration or the bundled list
 * names.
 */
export function configuredNames(
  config: NamingConfig,
  knownModels: readonly { readonly models: readonly string[] }[],
): { readonly providers: readonly string[]; readonly models: readonly string[] } {
  const providers = Object.keys(config.providers)
  const listed = Object.values(config.providers).flatMap((provider) =>
    provider.keys.flatMap((key) => key.models),
  )
  const targets = [
    ...Object.values(config.modelAliases).flatMap((alias) => alias.map((target) => target.model)),
    ...config.fallbacks.flatMap((fallback) => fallback.targets),
  ]
  const known = knownModels.flatMap((list) => list.models)
  return { providers, models: [...new Set([...listed, ...targets.map(withoutProvider), ...known])] }
}

/** Labels carry the model as it is sent up: without the provider before the first `/`. */
function withoutProvider(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}
