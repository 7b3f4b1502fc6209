import { randomBytes } from 'node:crypto'
import type { ProviderId } from '#contract'
import type { FactChange, Store } from '#store'
import { createBreakerSwitch, readBreaker, trippedFact } from './breaker-state.ts'
import { createOutcomeExchange } from './outcome-exchange.ts'
import { type BreakerSettings, createRecorder, type Recorder, type Tally } from './recorder.ts'

/*
 * One breaker per provider and key, the same for all replicas (its state: `breaker-state.ts`).
 *
 *   closed     every call goes. Its outcome is recorded here and told to the others, who record it too; the recorder
 *              that finds too many failures first opens the breaker for everybody
 *   open       no call goes. Outcomes of calls that went before are passed over
 *   half-open  one call goes as the probe, and the breaker is open to all others while it runs:
 *                success → closed, counting anew    failure → open again    neutral → half-open
 *
 * A process never has two probes of a breaker at a time. Two processes may both take one when they do so within the
 * milliseconds that a notice needs; that is the price of a decision without a round trip.
 */

/**
 * How a call ended, for the breaker. `failure`: 5xx, no connection, timeout, truncated answer. `success`: any other answer
 * below 400. `neutral`, which says nothing about the provider's health: 429, 401, 402, 403, other 4xx of the caller's making,
 * cancelled.
 */
export type CallOutcome = 'success' | 'failure' | 'neutral'

export type Admission =
  | { readonly type: 'go' }
  | { readonly type: 'probe' }
  | { readonly type: 'open'; readonly retryAfterMs: number }

export type BreakerChange = {
  readonly provider: ProviderId
  readonly key: string
  /** Whether this process decided it; exactly one count over all replicas, but for races. */
  readonly here: boolean
}

/** For metrics and logs. Called once a process for each change that it sees. */
export type BreakerObserver = { opened(change: BreakerChange): void; closed(change: BreakerChange): void }

export type Breakers = {
  /** Before a call. Whoever got `go` or `probe` must `record` how the call ended. */
  admit(provider: ProviderId, key: string): Admission
  /** After a call has ended. */
  record(call: {
    readonly provider: ProviderId
    readonly key: string
    readonly admission: Admission
    readonly outcome: CallOutcome
  }): void
  /** Ends timers; probes under way are given up to the others. */
  close(): void
}

type Breaker = {
  readonly provider: ProviderId
  readonly key: string
  recorder?: Recorder
  probe?: NodeJS.Timeout
  isOpen: boolean
}

const afterProbe = { success: 'close', failure: 'open', neutral: 'halfOpen' } as const

/** Make it before the providers' facts are followed: what is read then counts too. */
export function createBreakers(options: {
  readonly store: Pick<Store, 'facts' | 'clock'>
  readonly settings: BreakerSettings
  readonly observer: BreakerObserver
}): Breakers {
  const { settings, observer } = options
  const { facts, clock } = options.store
  const { windowMs } = settings
  const exchange = createOutcomeExchange({
    facts,
    id: randomBytes(8).toString('hex'),
    windowMs,
    nowMs: () => clock.nowMs(),
  })
  const breakers = new Map<string, Breaker>()
  const shared = createBreakerSwitch(facts, settings.openMs)

  function breakerOf(provider: ProviderId, key: string): Breaker {
    const place = `${provider} ${key}`
    let breaker = breakers.get(place)
    if (breaker === undefined) {
      breaker = { provider, key, isOpen: false }
      breakers.set(place, breaker)
    }
    return breaker
  }

  function count(breaker: Breaker, tally: Tally): void {
    breaker.recorder ??= createRecorder(settings, () => shared.open(breaker.provider, breaker.key))
    breaker.recorder.record(tally)
  }

  /** A call of this process that was no probe. */
  function finish(breaker: Breaker, isFailure: boolean): void {
    const isClosed = () => readBreaker(facts, breaker.provider, breaker.key).type === 'closed'
    if (!isClosed()) return
    count(breaker, { successes: isFailure ? 0 : 1, failures: isFailure ? 1 : 0 })
    // The one that opens it is not told: the others would open it as well.
    if (isClosed()) exchange.count(breaker.provider, breaker.key, isFailure)
  }

  function see(breaker: Breaker, isOpen: boolean): void {
    if (breaker.isOpen === isOpen) return
    breaker.isOpen = isOpen
    const { provider, key, recorder } = breaker
    recorder?.close()
    delete breaker.recorder
    exchange.forget(provider, key)
    observer[isOpen ? 'opened' : 'closed']({ provider, key, here: shared.isActing() })
  }

  function hear(change: FactChange): void {
    const outcomes = exchange.hear(change)
    if (outcomes !== undefined) {
      const isClosed = readBreaker(facts, change.scope, outcomes.key).type === 'closed'
      if (isClosed) count(breakerOf(change.scope, outcomes.key), outcomes.tally)
      return
    }
    const prefix = trippedFact('')
    if (!change.name.startsWith(prefix)) return
    see(breakerOf(change.scope, change.name.slice(prefix.length)), change.fact !== undefined)
  }

  function endProbe(breaker: Breaker): boolean {
    if (breaker.probe === undefined) return false
    clearInterval(breaker.probe)
    delete breaker.probe
    return true
  }

  const stopWatching = facts.watch(hear)
  return {
    admit(provider, key) {
      if (!settings.enabled) return { type: 'go' }
      const state = readBreaker(facts, provider, key)
      if (state.type === 'open')
        return { type: 'open', retryAfterMs: Math.max(0, state.untilMs - clock.nowMs()) }
      const breaker = breakerOf(provider, key)
      if (state.type === 'closed') {
        // That it was open has been forgotten, of which nobody is told.
        see(breaker, false)
        return { type: 'go' }
      }
      if (breaker.probe !== undefined) return { type: 'open', retryAfterMs: settings.openMs }
      const hold = () => shared.open(provider, key)
      hold()
      breaker.probe = setInterval(hold, Math.max(1, settings.openMs / 2)).unref()
      return { type: 'probe' }
    },
    record({ provider, key, admission, outcome }) {
      if (!settings.enabled || admission.type === 'open') return
      const breaker = breakerOf(provider, key)
      if (admission.type === 'probe') {
        if (endProbe(breaker)) shared[afterProbe[outcome]](provider, key)
      } else if (outcome !== 'neutral') finish(breaker, outcome === 'failure')
    },
    close() {
      stopWatching()
      exchange.close()
      for (const breaker of breakers.values()) {
        if (endProbe(breaker)) shared.halfOpen(breaker.provider, breaker.key)
        breaker.recorder?.close()
      }
    },
  }
}
