/** The store's time, kept on this process's monotonic clock, so that a wrong wall clock changes nothing. */
export type StoreClock = {
  /** Epoch milliseconds by the store. */
  nowMs(): number
  /** A fresh reading: `storeNowMs` was read between the local times `sentMs` and `receivedMs` (monotonic). */
  observe(storeNowMs: number, sentMs: number, receivedMs: number): void
}

/**
 * Until the first reading it answers with the wall clock. A reading with a long round trip is less exact than the one
 * before; it is taken all the same when the two disagree by more than that round trip can explain.
 */
export function createStoreClock(monotonicMs: () => number, wallMs: () => number): StoreClock {
  let offsetMs = wallMs() - monotonicMs()
  let errorMs = Number.POSITIVE_INFINITY
  return {
    nowMs: () => Math.round(monotonicMs() + offsetMs),
    observe(storeNowMs, sentMs, receivedMs) {
      const halfTripMs = (receivedMs - sentMs) / 2
      const reading = storeNowMs - (sentMs + halfTripMs)
      if (halfTripMs > errorMs && Math.abs(reading - offsetMs) <= halfTripMs + errorMs) return
      offsetMs = reading
      // Clocks drift apart: an old exact reading must not outlive many newer ones.
      errorMs = Math.max(halfTripMs, 1) * 1.1
    },
  }
}
