import type { ProviderId } from '#contract'
import type { Windows } from '#store'

/** Of a provider's calls, this part may be retries … */
const share = 0.2
/** … but so many in the window always. */
const floor = 10
const windowMs = 10_000

/** Keeps retries from multiplying the load of a provider that fails: one budget per provider, over all replicas. */
export type RetryBudget = {
  /** Counts a call. Costs no round trip. */
  called(provider: ProviderId): void
  /** Takes one retry out of the budget; `false` when it is used up. Rejects with `unavailable` while the store is away. */
  take(provider: ProviderId): Promise<boolean>
}

export function createRetryBudget(windows: Windows): RetryBudget {
  return {
    called: (provider) => windows.add(provider, 'calls'),
    take: (provider) =>
      windows.take({ scope: provider, name: 'retries', of: 'calls', share, floor, windowMs }),
  }
}
