import type { Place } from './keys.ts'
import type { Withdrawals } from './withdrawals.ts'

/** How soon it is asked again whether a request has been started, when Redis did not answer. */
const askAgainMs = 1_000

/** The API pod's eye on how long a request waits for its first start at one place. */
export type StartClock = {
  /** From now on it waits there, for so long at most; `undefined` = as long as it takes. */
  arm(place: Place, waitMs: number | undefined): void
  stop(): void
}

/** `onExpired` is called when a request was taken back because no worker had begun it. */
export function createStartClock(withdrawals: Withdrawals, onExpired: (place: Place) => void): StartClock {
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  function arm(place: Place, waitMs: number | undefined): void {
    clearTimeout(timer)
    if (!stopped && waitMs !== undefined) timer = setTimeout(look, waitMs, place)
  }

  function look(place: Place): void {
    withdrawals.withdrawUnstarted(place).then(
      (withdrawn) => {
        if (withdrawn) onExpired(place)
      },
      () => arm(place, askAgainMs),
    )
  }

  return {
    arm,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
