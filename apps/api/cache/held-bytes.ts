/** How much this process has put into the store that has not ended yet: its answers must not crowd out the queues. */
export type HeldBytes = {
  /** False when there is no room for so many. */
  take(bytes: number): boolean
}

/** All of them are kept for the same time, so the oldest ends first. */
export function createHeldBytes(options: {
  readonly limitBytes: number
  readonly ttlMs: number
  /** Monotonic. */
  readonly nowMs: () => number
}): HeldBytes {
  const { limitBytes, ttlMs, nowMs } = options
  let held: { readonly untilMs: number; readonly bytes: number }[] = []
  let total = 0
  const dropEnded = (now: number) => {
    const ended = held.findIndex(({ untilMs }) => untilMs > now)
    const gone = held.slice(0, ended === -1 ? held.length : ended)
    if (gone.length === 0) return
    for (const { bytes } of gone) total -= bytes
    held = held.slice(gone.length)
  }
  return {
    take(bytes) {
      const now = nowMs()
      dropEnded(now)
      if (total + bytes > limitBytes) return false
      held.push({ untilMs: now + ttlMs, bytes })
      total += bytes
      return true
    },
  }
}
