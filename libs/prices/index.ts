/**
 * Front door `#prices`: what a target's tokens cost, from a published list that the operator may override, and what an answer
 * cost.
 */
export { costOf } from './cost.ts'
export { createPrices, type Prices, priceList } from './prices.ts'
export type { Price, PriceOverride } from './types.ts'
