/** HTTP statuses by which a vendor refuses the key rather than the request. */
const keyStatuses = [401, 402, 403, 429] as const
type KeyStatus = (typeof keyStatuses)[number]

/** What all workers are told of a key that failed. */
export type Cooldown = {
  /** Until the key may be used again. */
  readonly forMs: number
  readonly reason: `${KeyStatus}`
  /** How often in a row the key failed, this time included. */
  readonly strikes: number
  /** Whether the vendor named the time. */
  readonly retryAfter: boolean
}

const rateLimited = { firstMs: 1000, longestMs: 60_000 }
const refused = { firstMs: 10_000, longestMs: 600_000 }

/** Whether a failure is the key's own, so that another key may do better at once. */
export function isKeyStatus(status: number | undefined): status is KeyStatus {
  return keyStatuses.some((own) => own === status)
}

/**
 * What a failed call does to its key. `undefined`: nothing.
 *
 *   | status        | Retry-After | another usable key | cools                                      |
 *   |---------------|-------------|--------------------|--------------------------------------------|
 *   | 429           | yes         | any                | exactly that long (not at all for 0)       |
 *   | 429           | no          | yes                | 1 s, doubled with each strike, 60 s at most |
 *   | 401, 402, 403 | any         | yes                | 10 s, doubled, 10 min at most              |
 *   | 429           | no          | no                 | not at all                                 |
 *   | 401, 402, 403 | any         | no                 | not at all                                 |
 *   | other         | any         | any                | not at all                                 |
 *
 * Cooling only moves traffic to another key: where there is none, each request goes up and gets the vendor's own answer. A
 * Retry-After is the vendor's word, so it holds for the only key, too: requests wait for it.
 */
export function cooldownAfter(failure: {
  readonly status: number | undefined
  readonly retryAfterMs?: number | undefined
  /** How often in a row the key had failed before. */
  readonly strikes: number
  /** Keys of the provider beside this one that admit the model and can be used now. */
  readonly otherUsableKeys: number
}): Cooldown | undefined {
  const { status, retryAfterMs, otherUsableKeys } = failure
  if (!isKeyStatus(status)) return undefined
  const strikes = failure.strikes + 1
  const reason = `${status}` as const
  const { firstMs, longestMs } = status === 429 ? rateLimited : refused
  const lasting = (forMs: number, retryAfter: boolean) => ({ forMs, reason, strikes, retryAfter }) as const
  if (status === 429 && retryAfterMs !== undefined) {
    return retryAfterMs > 0 ? lasting(retryAfterMs, true) : undefined
  }
  if (otherUsableKeys <= 0) return undefined
  return lasting(Math.min(longestMs, firstMs * 2 ** failure.strikes), false)
}
