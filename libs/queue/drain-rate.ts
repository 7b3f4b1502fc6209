import type { Windows } from '#store'

/** How fast each provider's queue drains. A rejection must stay cheap: asked at most every 250 ms. */
export type DrainRates = {
  /** Jobs ended per second; `undefined` when nobody counts them or the store is away. Never rejects. */
  perSecond(provider: string): Promise<number | undefined>
  /** A job has ended. */
  ended(provider: string): void
}

const windowMs = 10_000
const keptMs = 250
const leastMs = 1_000
const mostMs = 60_000

export function createDrainRates(windows: Windows | undefined): DrainRates {
  const asked = new Map<string, { readonly untilMs: number; readonly rate: Promise<number | undefined> }>()
  return {
    async perSecond(provider) {
      if (windows === undefined) return undefined
      const nowMs = performance.now()
      const before = asked.get(provider)
      if (before !== undefined && nowMs < before.untilMs) return before.rate
      const rate = windows.sum(provider, 'done', windowMs).then(
        (count) => (count * 1_000) / windowMs,
        () => undefined,
      )
      asked.set(provider, { untilMs: nowMs + keptMs, rate })
      return rate
    },
    ended(provider) {
      windows?.add(provider, 'done')
    },
  }
}

/** When what waits now has been started, between a second and a minute; a second while the rate is not known. */
export function retryAfterMs(waiting: number, perSecond: number | undefined): number {
  if (perSecond === undefined || waiting === 0) return leastMs
  return Math.min(Math.max(Math.ceil((waiting * 1_000) / perSecond), leastMs), mostMs)
}
