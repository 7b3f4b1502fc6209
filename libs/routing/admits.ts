import type { RoutingKey, RoutingProvider } from './table.ts'

/** Whether a key may serve a model; a request that names none (empty) may be served with any key. */
export function admits(key: Pick<RoutingKey, 'models'>, model: string): boolean {
  return model === '' || key.models.length === 0 || key.models.includes('*') || key.models.includes(model)
}

/** Whether some key of the provider may serve a model; a provider without keys needs none and admits every model. */
export function providerAdmits(provider: RoutingProvider, model: string): boolean {
  return provider.keys.length === 0 || provider.keys.some((key) => admits(key, model))
}
