/** Name → second (epoch) → count. */
export type Counts = Map<string, Map<number, number>>

/** How far back counts are kept. */
export const keptMs = 120_000

export const secondOf = (ms: number): number => Math.floor(ms / 1000)

export function count(counts: Counts, name: string, second: number, by: number): void {
  let seconds = counts.get(name)
  if (seconds === undefined) {
    seconds = new Map()
    counts.set(name, seconds)
  }
  seconds.set(second, (seconds.get(second) ?? 0) + by)
}

/** Of a window that ends now. The second in which it begins counts whole, so that a limit is rather too strict. */
export function sumOf(counts: Counts | undefined, name: string, beginMs: number): number {
  let sum = 0
  const first = secondOf(beginMs)
  for (const [second, value] of counts?.get(name) ?? []) if (second >= first) sum += value
  return sum
}

/** Where the first whole second of a window begins: for what a limit is a share of, and must not be more than it is. */
export const wholeFrom = (beginMs: number): number => Math.ceil(beginMs / 1000) * 1000

/** Drops what no window reaches any more. */
export function forgetOld(counts: Counts, nowMs: number): void {
  const first = secondOf(nowMs - keptMs)
  for (const [name, seconds] of counts) {
    for (const second of seconds.keys()) if (second < first) seconds.delete(second)
    if (seconds.size === 0) counts.delete(name)
  }
}
