/** US dollars per million tokens. */
export type Price = {
  readonly input: number
  readonly output: number
  /** Absent = as `input`. */
  readonly cacheRead?: number
  /** Absent = as `input`. Vendors that tell lifetimes apart charge the shortest here. */
  readonly cacheWrite?: number
  /** Of the output's reasoning; absent = as `output`. */
  readonly reasoning?: number
  /** Absent = as `input`. */
  readonly audioInput?: number
  /** Absent = as `output`. */
  readonly audioOutput?: number
  /** What the whole request costs when its input is longer than `aboveTokens`; absent members stay as they are. */
  readonly long?: LongPrice
}

type LongPrice = {
  readonly aboveTokens: number
  readonly input?: number
  readonly output?: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
}

/** A price of the operator's own, for all targets (`provider/model`) that fit the pattern. */
export type PriceOverride = {
  readonly pattern: string
  readonly input: number
  readonly output: number
  readonly cacheRead?: number | undefined
  readonly cacheWrite?: number | undefined
}
