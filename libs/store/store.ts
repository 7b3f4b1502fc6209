import type { StoreClock } from './clock.ts'

/** What a renewal tells: the store's time, and for how long the holder has held the lease without a lapse. */
export type Renewal = { readonly nowMs: number; readonly heldMs: number }

/**
 * Leases: a holder renews its own; one that stops (crash, partition) lapses after its time to live. Scopes do not see
 * each other. All times are the store's, so holders need no common clock.
 */
export type Leases = {
  /** Takes or renews. A renewal that finds the lease gone or lapsed starts `heldMs` anew at 0. */
  renew(scope: string, holder: string, ttlMs: number): Promise<Renewal>
  /** Holders of the scope whose lease has lapsed and who were not released or forgotten. */
  lapsed(scope: string): Promise<readonly string[]>
  /** Ends a lease: the holder is then neither alive nor lapsed. */
  release(scope: string, holder: string): Promise<void>
}

/**
 * Texts that are kept for a time: every record has an end, none is changed in place. All of them reject with GatewayError
 * `unavailable` within 1.1 s while the store is away, and `set` also when it has no room. Keys are short: whoever makes one
 * of what a caller wrote bounds it.
 */
export type Records = {
  /** Writes or replaces. */
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** `undefined` for one that was never written, was deleted, or whose time is over. */
  get(key: string): Promise<string | undefined>
  /** In the order of the keys, in one round trip. */
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>
  /** Whether there was one. */
  delete(key: string): Promise<boolean>
}

/** Shared state of all replicas beside the queues. Two rooms, `redis/` and `memory/`, one conformance suite. */
export type Store = {
  readonly leases: Leases
  readonly records: Records
  /** The store's clock as this process knows it. */
  readonly clock: StoreClock
  ready(): boolean
  close(): Promise<void>
}
