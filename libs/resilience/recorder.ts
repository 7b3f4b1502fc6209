import CircuitBreaker from 'opossum'

/** When a breaker opens, and for how long. The same members as the configuration's `circuit_breaker`. */
export type BreakerSettings = {
  readonly enabled: boolean
  readonly errorThresholdPercentage: number
  /** Finished calls in the window before the rate counts. */
  readonly volumeThreshold: number
  readonly windowMs: number
  /** How long an open breaker refuses before it lets a probe through. */
  readonly openMs: number
}

export type Tally = { readonly successes: number; readonly failures: number }

/** Counts finished calls until too many of them have failed. Of one use: after `onOpen` it does nothing. */
export type Recorder = { record(tally: Tally): void; close(): void }

class Failed extends Error {}
const failed = new Failed('a call failed')
failed.stack = ''

const settled = Promise.resolve()

/**
 * opossum as the recorder of finished calls. It counts a call when it is fired: fired at their start, calls in flight would
 * water down the rate (20 failures among 200 calls in flight are 10 %, and a provider that hangs is found out late). So what
 * is fired here is an outcome, and lasts no time. What is shared, the state and the one probe, is `breakers.ts`'s.
 */
export function createRecorder(settings: BreakerSettings, onOpen: () => void): Recorder {
  const breaker = new CircuitBreaker(
    (isFailure: boolean) => {
      // Thrown, not rejected: opossum then judges before `fire` returns.
      if (isFailure) throw failed
      return settled
    },
    {
      timeout: false,
      errorThresholdPercentage: settings.errorThresholdPercentage,
      volumeThreshold: settings.volumeThreshold,
      rollingCountTimeout: settings.windowMs,
      resetTimeout: settings.openMs,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    },
  )
  breaker.on('open', () => {
    breaker.shutdown()
    onOpen()
  })
  const fire = (isFailure: boolean, times: number) => {
    for (let count = 0; count < times && !breaker.isShutdown; count++) {
      // The rejection is the failure that was fired.
      breaker.fire(isFailure).catch(() => {})
    }
  }
  return {
    record({ successes, failures }) {
      // Failures last: the rate is judged at each of them.
      fire(false, successes)
      fire(true, failures)
    },
    close: () => breaker.shutdown(),
  }
}
