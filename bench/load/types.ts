/** One request as bytes, with what a good answer to it looks like. */
export type Shot = {
  readonly host: string
  readonly port: number
  readonly bytes: Buffer
  readonly stream: boolean
}

export type LoadResult = {
  /** Good answers. */
  readonly requests: number
  /** Answers that were not: by what was wrong with them. */
  readonly errors: Readonly<Record<string, number>>
  readonly seconds: number
  /** Milliseconds, sorted: to the end of the answer. */
  readonly latencies: Float64Array
  /** Streams only: to the first piece, and between pieces. */
  readonly firsts: Float64Array
  readonly gaps: Float64Array
}

/** Bounds of every load: what is not answered this long after its end is an error. */
export const graceMs = 5_000
