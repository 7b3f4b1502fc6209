import type { RoutingKey, RoutingProvider } from './table.ts'
import { chooseWeighted, type Random } from './weighted.ts'

/** Whether a key may serve a model; a request that names none (empty) may be served with any key. */
export function admits(key: Pick<RoutingKey, 'models'>, model: string): boolean {
  return model === '' || key.models.length === 0 || key.models.includes('*') || key.models.includes(model)
}

/** Whether some key of the provider may serve a model; a provider without keys needs none and admits every model. */
export function providerAdmits(provider: RoutingProvider, model: string): boolean {
  return provider.keys.length === 0 || provider.keys.some((key) => admits(key, model))
}

/**
 * A key for one upstream call: by weight among those that admit the model and are not excluded, so a lone 0.8 gets all.
 * `undefined` when none is left, and for a provider without keys, which is asked without a credential.
 */
export function chooseKey<Key extends RoutingKey>(options: {
  readonly keys: readonly Key[]
  readonly model: string
  readonly random: Random
  /** Names of keys that this request shall not use (again). */
  readonly exclude?: ReadonlySet<string>
}): Key | undefined {
  const { keys, model, random, exclude } = options
  const candidates = keys.filter((key) => admits(key, model) && exclude?.has(key.name) !== true)
  return chooseWeighted(candidates, random)
}
