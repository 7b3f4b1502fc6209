import type { JsonObject } from './json.ts'

/**
 * Tokens of one answer. `input.total` counts everything that was read, cached or not; a vendor that reports the
 * uncached part alone (Anthropic) is added up by its wire. Absent = the vendor did not say.
 */
export type Usage = {
  readonly input: {
    readonly total?: number
    readonly uncached?: number
    readonly cacheRead?: number
    readonly cacheWrite?: number
    readonly audio?: number
  }
  readonly output: {
    readonly total?: number
    readonly reasoning?: number
    readonly audio?: number
  }
  /** What rerankers are billed by: a query with up to a hundred documents is one. */
  readonly searchUnits?: number
  /** The vendor's own usage object, for its own wire. */
  readonly raw?: JsonObject
}
