import { admits } from './admits.ts'
import { earliestOf, hindranceOf, type KeyState, keyless } from './key-choice.ts'
import type { RoutingProvider } from './table.ts'

/**
 * Whether a target could be called now, as an API pod sees it before it queues a request. `cooling`, `open`: no key can be used
 * before `untilMs`, for the reason that ends first.
 */
export type Availability =
  | { readonly type: 'available' }
  | { readonly type: 'cooling' | 'open'; readonly untilMs: number }

/**
 * A target is available when one key that admits the model is; a provider without keys has the state of the empty name. A
 * model that no key admits is available: refusing it is not a matter of time.
 */
export function availabilityOf(options: {
  readonly provider: RoutingProvider
  readonly model: string
  readonly stateOf: (name: string) => KeyState | undefined
  readonly nowMs: number
}): Availability {
  const { provider, model, stateOf, nowMs } = options
  const keys = provider.keys.length === 0 ? [keyless] : provider.keys.filter((key) => admits(key, model))
  const hindrances = keys.map(({ name }) => hindranceOf(stateOf(name), nowMs))
  const earliest = hindrances.includes(undefined) ? undefined : earliestOf(hindrances)
  if (earliest === undefined) return { type: 'available' }
  return { type: earliest.reason === 'circuit_open' ? 'open' : 'cooling', untilMs: earliest.untilMs }
}
