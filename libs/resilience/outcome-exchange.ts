import { isJsonObject, type ProviderId } from '#contract'
import type { Fact, FactChange, Facts } from '#store'
import type { Tally } from './recorder.ts'

/*
 * How one process's outcomes reach the others, per provider and key: a fact `outcomes:<process>:<key>` with what was counted
 * since its epoch began.
 *
 *   told → count() → untold → (a failure: at once; successes: within 500 ms) → being told → told
 *
 * Counts only rise within an epoch, so that a notice that was lost or overtaken changes nothing: the next one brings it. A
 * new epoch begins when the old one is told and older than the window, or when the breaker has opened.
 */

const successesEveryMs = 500
/** Processes come and go: beyond so many counts of others, those that have ended are forgotten. */
const sweepAt = 64

type Own = {
  epoch: number
  beganMs: number
  successes: number
  failures: number
  isTold: boolean
  isTelling: boolean
}
type Heard = Tally & { readonly epoch: number; readonly scope: ProviderId; readonly name: string }

export type OutcomeExchange = {
  count(provider: ProviderId, key: string, isFailure: boolean): void
  /** Whether the change was one of outcomes; `undefined` when it was not, an empty tally for those of this process. */
  hear(change: FactChange): { readonly key: string; readonly tally: Tally } | undefined
  /** What was counted so far is no part of what follows. */
  forget(provider: ProviderId, key: string): void
  /** How many counts of other processes are remembered. */
  readonly remembered: number
  close(): void
}

const prefix = 'outcomes:'

export function createOutcomeExchange(options: {
  readonly facts: Facts
  /** Of this process: hexadecimal digits. */
  readonly id: string
  readonly windowMs: number
  readonly nowMs: () => number
}): OutcomeExchange {
  const { facts, id, windowMs, nowMs } = options
  const own = new Map<string, Own & { readonly provider: ProviderId; readonly key: string }>()
  const heard = new Map<string, Heard>()
  let sweepSize = sweepAt
  let epochs = 0
  let timer: NodeJS.Timeout | undefined

  function begin(provider: ProviderId, key: string) {
    epochs += 1
    const counts = { provider, key, epoch: epochs, beganMs: nowMs(), successes: 0, failures: 0 }
    const begun = { ...counts, isTold: true, isTelling: false }
    own.set(placeOf(provider, key), begun)
    return begun
  }

  /** Who says more after the end of what he had said begins a new epoch. */
  function sweep(): void {
    for (const [place, { scope, name }] of heard)
      if (facts.get(scope, name) === undefined) heard.delete(place)
    sweepSize = Math.max(sweepAt, 2 * heard.size)
  }

  async function tell(counts: ReturnType<typeof begin>): Promise<void> {
    if (counts.isTelling) return
    counts.isTelling = true
    while (!counts.isTold) {
      counts.isTold = true
      const { epoch, successes, failures } = counts
      const name = `${prefix}${id}:${counts.key}`
      // One that the store did not take is kept by the facts, and sent when it is back.
      await facts.set(counts.provider, name, { epoch, successes, failures }, windowMs).catch(() => {})
    }
    counts.isTelling = false
  }

  return {
    count(provider, key, isFailure) {
      let counts = own.get(placeOf(provider, key)) ?? begin(provider, key)
      if (counts.isTold && !counts.isTelling && nowMs() - counts.beganMs > windowMs)
        counts = begin(provider, key)
      counts[isFailure ? 'failures' : 'successes'] += 1
      counts.isTold = false
      if (isFailure) void tell(counts)
      else {
        timer ??= setTimeout(() => {
          timer = undefined
          for (const each of own.values()) void tell(each)
        }, successesEveryMs).unref()
      }
    },
    hear({ scope, name, fact }) {
      if (!name.startsWith(prefix)) return undefined
      const end = name.indexOf(':', prefix.length)
      const key = name.slice(end + 1)
      if (fact === undefined || name.slice(prefix.length, end) === id) return { key, tally: nothing }
      const place = `${scope} ${name}`
      const now = heardOf(fact)
      const before = heard.get(place)
      heard.set(place, { ...now, scope, name })
      if (heard.size > sweepSize) sweep()
      return { key, tally: before?.epoch === now.epoch ? difference(now, before) : now }
    },
    forget: (provider, key) => {
      begin(provider, key)
    },
    get remembered() {
      return heard.size
    },
    close: () => clearTimeout(timer),
  }
}

const nothing: Tally = { successes: 0, failures: 0 }

const placeOf = (provider: ProviderId, key: string) => `${provider} ${key}`

function heardOf({ value }: Fact): Tally & { readonly epoch: number } {
  const members = isJsonObject(value) ? value : {}
  const number = (member: string) => (typeof members[member] === 'number' ? members[member] : 0)
  return { epoch: number('epoch'), successes: number('successes'), failures: number('failures') }
}

function difference(now: Tally, before: Tally): Tally {
  return {
    successes: Math.max(0, now.successes - before.successes),
    failures: Math.max(0, now.failures - before.failures),
  }
}
