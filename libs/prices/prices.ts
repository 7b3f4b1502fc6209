import type { ProviderId } from '#contract'
import { matchesPattern } from '#routing'
import list from './data/prices.json' with { type: 'json' }
import type { Price, PriceOverride } from './types.ts'

/** Where the bundled prices are from, and of which day they are. */
export const priceList: { readonly source: string; readonly date: string } = {
  source: list.source,
  date: list.date,
}

/** `undefined` for a target whose price nobody has said. */
export type Prices = { priceOf(provider: ProviderId, model: string): Price | undefined }

// Named before it is walked: the compiler would join the types of all entries otherwise.
const listed: Readonly<Record<string, Readonly<Record<string, Price>>>> = list.providers

const bundled: ReadonlyMap<string, ReadonlyMap<string, Price>> = new Map(
  Object.entries(listed).map(([provider, models]) => [provider, new Map(Object.entries(models))]),
)

/** A version that a model's name ends in: `-20250929`, `-2025-04-14`, `@20250929`. */
const dateSuffix = /[-@](?:\d{8}|\d{4}-\d{2}-\d{2})$/

/** Prices of the operator first (the first pattern that fits), then the bundled list: the exact name, then without its date. */
export function createPrices(overrides: readonly PriceOverride[]): Prices {
  const own = overrides.map(({ pattern, ...override }) => ({ pattern, price: toPrice(override) }))
  return {
    priceOf(provider, model) {
      const name = `${provider}/${model}`
      const override = own.find(({ pattern }) => matchesPattern(pattern, name))
      if (override !== undefined) return override.price
      const models = bundled.get(provider)
      return models?.get(model) ?? models?.get(model.replace(dateSuffix, ''))
    },
  }
}

function toPrice({ input, output, cacheRead, cacheWrite }: Omit<PriceOverride, 'pattern'>): Price {
  return {
    input,
    output,
    ...(cacheRead !== undefined && { cacheRead }),
    ...(cacheWrite !== undefined && { cacheWrite }),
  }
}
