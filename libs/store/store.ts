import type { Json } from '#contract'
import type { StoreClock } from './clock.ts'
import type { RateLimits } from './rate-limits.ts'

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
 * `unavailable` within 1.1 s while the store is away, and `set` and `add` also when it has no room. Keys are short: whoever makes one
 * of what a caller wrote bounds it.
 */
export type Records = {
  /** Writes or replaces. */
  set(key: string, value: string, ttlMs: number): Promise<void>
  /** Writes unless there is one, atomic over replicas; whether it wrote. */
  add(key: string, value: string, ttlMs: number): Promise<boolean>
  /** `undefined` for one that was never written, was deleted, or whose time is over. */
  get(key: string): Promise<string | undefined>
  /** In the order of the keys, in one round trip. */
  getMany(keys: readonly string[]): Promise<readonly (string | undefined)[]>
  /** Whether there was one. */
  delete(key: string): Promise<boolean>
}

/** One fact and when it ends (the store's epoch milliseconds). */
export type Fact = { readonly value: Json; readonly untilMs: number }

/**
 * Small facts that every process knows: which key cools down, which breaker is open, how fast a target answers. Read at no
 * cost from this process's own copy; a change reaches the others at once (a notice), and after a lost connection the copy is
 * read anew. Scopes are provider ids. Writers overwrite each other: a fact is the newest observation, not a counter.
 */
export type Facts = {
  /** Keeps a copy of these scopes from now on; resolves when it was read, or the store is away (then it is read later). */
  follow(scopes: readonly string[]): Promise<void>
  /** The fact, unless it has ended. Only for followed scopes. */
  get(scope: string, name: string): Fact | undefined
  /** All of a scope that has not ended. */
  all(scope: string): ReadonlyMap<string, Fact>
  /** Here at once, for the others as soon as the store has it. Rejects with `unavailable` while the store is away (kept here). */
  set(scope: string, name: string, value: Json, ttlMs: number): Promise<void>
  delete(scope: string, name: string): Promise<void>
  /** Called for each change by any process, this one's included; returns how to stop. A fact that just ends is not a change. */
  watch(listener: (change: FactChange) => void): () => void
}

export type FactChange = { readonly scope: string; readonly name: string; readonly fact: Fact | undefined }

/**
 * Events of the last seconds, counted over all replicas in buckets of one second. Scopes are provider ids. A window reaches
 * back at most two minutes, and counts the second in which it begins whole.
 */
export type Windows = {
  /** Counts here now, for the others within 250 ms. Never rejects: what the store could not take is sent with the next. */
  add(scope: string, name: string, count?: number): void
  /** Over all replicas, this process's own included at once. Rejects with `unavailable` while the store is away. */
  sum(scope: string, name: string, windowMs: number): Promise<number>
  /**
   * Takes one place of `name` if with it there are at most `max(floor, share × sum of` of`)` in the last `windowMs`. Atomic
   * over replicas; `false` when there is no place. Rejects with `unavailable`.
   */
  take(request: {
    readonly scope: string
    readonly name: string
    readonly of: string
    readonly share: number
    readonly floor: number
    readonly windowMs: number
  }): Promise<boolean>
}

/** Shared state of all replicas beside the queues. Two rooms, `redis/` and `memory/`, one conformance suite. */
export type Store = {
  readonly leases: Leases
  readonly records: Records
  readonly facts: Facts
  readonly windows: Windows
  readonly rateLimits: RateLimits
  /** The store's clock as this process knows it; where there are several Redis, that of one of them. */
  readonly clock: StoreClock
  /** Whether what has to do with this provider would be answered; without one: anything at all. */
  ready(provider?: string): boolean
  /** Sends what is still counted here, and ends timers and connections. */
  close(): Promise<void>
}
