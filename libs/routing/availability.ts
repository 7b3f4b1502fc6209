import { admits } from './admits.ts'
import { earliestOf, hindranceOf, type KeyHindrance, type KeyState, keyless } from './key-choice.ts'
import type { RoutingProvider } from './table.ts'

/**
 * Whether a target could be called now, as an API pod sees it before it queues a request. `cooling`, `open`: no key can be used
 * before `untilMs`, for the reason that ends first.
 */
export type Availability =
  | { readonly type: 'available' }
  | { readonly type: 'cooling' | 'open'; readonly untilMs: number }

const available: Availability = { type: 'available' }
const withoutKeys = [keyless]

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
  const hindrances: KeyHindrance[] = []
  for (const key of provider.keys.length === 0 ? withoutKeys : provider.keys) {
    if (!admits(key, model)) continue
    const hindrance = hindranceOf(stateOf(key.name), nowMs)
    if (hindrance === undefined) return available
    hindrances.push(hindrance)
  }
  const earliest = earliestOf(hindrances)
  if (earliest === undefined) return available
  return { type: earliest.reason === 'circuit_open' ? 'open' : 'cooling', untilMs: earliest.untilMs }
}
