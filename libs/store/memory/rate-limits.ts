import { type RateCounters, type RateLimits, rateWindowMs, reserveInStages } from '../rate-limits.ts'

/*
 * Counters of one process. All windows last the same, and one that begins is put at the end of the map: so those that are
 * over are always at its front, and go when the next one begins.
 *
 *   absent → first points → open → its minute → over → absent
 */

type Window = { used: number; readonly untilMs: number }

export function createMemoryRateLimits(nowMs: () => number): RateLimits {
  const windows = new Map<string, Window>()
  const openWindow = (name: string): Window | undefined => {
    const window = windows.get(name)
    return window !== undefined && window.untilMs > nowMs() ? window : undefined
  }
  const begin = (name: string): Window => {
    const now = nowMs()
    for (const [over, { untilMs }] of windows) {
      if (untilMs > now) break
      windows.delete(over)
    }
    const window = { used: 0, untilMs: now + rateWindowMs }
    windows.delete(name)
    windows.set(name, window)
    return window
  }
  const counters: RateCounters = {
    async take(taking) {
      const { name, points, limitPerMinute } = taking
      const open = openWindow(name)
      const refused = (open?.used ?? 0) + points > limitPerMinute
      const window = open ?? (refused ? { used: 0, untilMs: nowMs() + rateWindowMs } : begin(name))
      if (!refused) window.used += points
      return {
        ...taking,
        refused,
        remaining: Math.max(0, limitPerMinute - window.used),
        resetMs: window.untilMs - nowMs(),
        untilMs: window.untilMs,
      }
    },
    async settle({ name, untilMs }, delta) {
      const open = openWindow(name)
      if (delta > 0) (open ?? begin(name)).used += delta
      else if (open?.untilMs === untilMs) open.used = Math.max(0, open.used + delta)
    },
  }
  return { reserve: (stages) => reserveInStages(counters, stages), settle: counters.settle }
}
