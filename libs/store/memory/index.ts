import type { Leases, Store } from '../store.ts'
import { createMemoryFacts } from './facts.ts'
import { createMemoryRateLimits } from './rate-limits.ts'
import { createMemoryRecords, type RecordLimits } from './records.ts'
import { createMemoryWindows } from './windows.ts'

type Lease = { readonly sinceMs: number; readonly expiresMs: number }

export type MemoryStoreOptions = {
  /** Its time (epoch milliseconds). */
  readonly nowMs?: () => number
  /** Of its records. */
  readonly limits?: RecordLimits
}

/** The store of one process. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const nowMs = options.nowMs ?? Date.now
  return {
    leases: createMemoryLeases(nowMs),
    records: createMemoryRecords(nowMs, options.limits),
    facts: createMemoryFacts(nowMs),
    windows: createMemoryWindows(nowMs),
    rateLimits: createMemoryRateLimits(nowMs),
    // The store's clock is this process's own: there is nothing to learn from a reading.
    clock: { nowMs, observe: () => {} },
    ready: () => true,
    close: async () => {},
  }
}

function createMemoryLeases(nowMs: () => number): Leases {
  const scopes = new Map<string, Map<string, Lease>>()
  const holdersOf = (scope: string) => scopes.get(scope) ?? new Map<string, Lease>()
  return {
    async renew(scope, holder, ttlMs) {
      const now = nowMs()
      const holders = holdersOf(scope)
      scopes.set(scope, holders)
      const lease = holders.get(holder)
      const sinceMs = lease !== undefined && lease.expiresMs > now ? lease.sinceMs : now
      holders.set(holder, { sinceMs, expiresMs: now + ttlMs })
      return { nowMs: now, heldMs: now - sinceMs }
    },
    async lapsed(scope) {
      const now = nowMs()
      return [...holdersOf(scope)].filter(([, lease]) => lease.expiresMs <= now).map(([holder]) => holder)
    },
    async release(scope, holder) {
      holdersOf(scope).delete(holder)
    },
  }
}
