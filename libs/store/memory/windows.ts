import type { Windows } from '../store.ts'
import { type Counts, count, forgetOld, secondOf, sumOf, wholeFrom } from '../window-counts.ts'

/** Windows of one process. */
export function createMemoryWindows(nowMs: () => number): Windows {
  const scopes = new Map<string, Counts>()
  let sweptSecond = 0

  const add = (scope: string, name: string, by: number): void => {
    const now = nowMs()
    const counts = scopes.get(scope) ?? new Map()
    scopes.set(scope, counts)
    count(counts, name, secondOf(now), by)
    if (sweptSecond === secondOf(now)) return
    sweptSecond = secondOf(now)
    for (const each of scopes.values()) forgetOld(each, now)
  }
  const sum = (scope: string, name: string, windowMs: number): number =>
    sumOf(scopes.get(scope), name, nowMs() - windowMs)
  return {
    add: (scope, name, by = 1) => add(scope, name, by),
    sum: async (scope, name, windowMs) => sum(scope, name, windowMs),
    async take({ scope, name, of, share, floor, windowMs }) {
      const calls = sumOf(scopes.get(scope), of, wholeFrom(nowMs() - windowMs))
      if (sum(scope, name, windowMs) + 1 > Math.max(floor, share * calls)) return false
      add(scope, name, 1)
      return true
    },
  }
}
