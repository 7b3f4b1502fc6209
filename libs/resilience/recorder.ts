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

/**
 * opossum as the recorder of finished calls. It counts a call when it is fired: fired at their start, calls in flight would
 * water down the rate (20 failures among 200 calls in flight are 10 %, and a provider that hangs is found out late). So what
 * is fired here is an outcome, and lasts no time. What is shared, the state and the one probe, is `breakers.ts`'s.
 */
export function createRecorder(settings: BreakerSettings, onOpen: () => void): Recorder {
  const breaker = new CircuitBreaker(
    // Thrown, not rejected: opossum then judges before `fire` returns.
    (): Promise<void> => {
      throw failed
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
  return {
    record({ successes, failures }) {
      // Its own events are what a success comes down to: each process counts those of all, and a promise each is dear.
      for (let count = 0; count < successes && !breaker.isShutdown; count++) {
        breaker.emit('fire')
        breaker.emit('success', undefined, 0)
      }
      // Failures last: the rate is judged at each of them. The rejection is the failure that was fired.
      for (let count = 0; count < failures && !breaker.isShutdown; count++) breaker.fire().catch(() => {})
    },
    close: () => breaker.shutdown(),
  }
}
