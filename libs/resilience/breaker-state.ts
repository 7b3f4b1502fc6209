import type { ProviderId } from '#contract'
import type { Facts } from '#store'

/*
 * A breaker's state is two facts that everybody reads, and nothing else:
 *
 *   closed      neither
 *   open        `breaker:<key>`, until a probe may go; also while a probe is under way
 *   half-open   only `tripped:<key>`: the next call is the probe
 */

export type BreakerState =
  | { readonly type: 'closed' }
  | { readonly type: 'open'; readonly untilMs: number }
  | { readonly type: 'half-open' }

const openFact = named('breaker:')
export const trippedFact = named('tripped:')

/** Keys are the config's own, so there are few; a name that is put together anew is hashed anew at each look-up. */
function named(prefix: string): (key: string) => string {
  const names = new Map<string, string>()
  return (key) => {
    const known = names.get(key)
    if (known !== undefined) return known
    const name = prefix + key
    names.set(key, name)
    return name
  }
}

const closed: BreakerState = { type: 'closed' }
const halfOpen: BreakerState = { type: 'half-open' }

/** Local look-ups only. A provider that is asked without a key has the key ''. */
export function readBreaker(facts: Facts, provider: ProviderId, key: string): BreakerState {
  const open = facts.get(provider, openFact(key))
  if (open !== undefined) return { type: 'open', untilMs: open.untilMs }
  return facts.get(provider, trippedFact(key)) === undefined ? closed : halfOpen
}

/** For how long it is remembered that a breaker was open: afterwards it counts as closed. */
const trippedMs = 600_000

export type BreakerSwitch = {
  open(provider: ProviderId, key: string): void
  halfOpen(provider: ProviderId, key: string): void
  close(provider: ProviderId, key: string): void
  /** Whether a change that the facts' watchers hear right now is this process's own: they hear those while they are made. */
  isActing(): boolean
}

/** Sets the state, for everybody. What the store does not take is kept by the facts, and sent when it is back. */
export function createBreakerSwitch(facts: Facts, openMs: number): BreakerSwitch {
  let isActing = false
  const act = (changes: () => readonly Promise<void>[]): void => {
    isActing = true
    for (const change of changes()) change.catch(() => {})
    isActing = false
  }
  return {
    open: (provider, key) =>
      act(() => [
        facts.set(provider, openFact(key), { state: 'open' }, openMs),
        facts.set(provider, trippedFact(key), true, trippedMs),
      ]),
    halfOpen: (provider, key) => act(() => [facts.delete(provider, openFact(key))]),
    close: (provider, key) =>
      act(() => [facts.delete(provider, openFact(key)), facts.delete(provider, trippedFact(key))]),
    isActing: () => isActing,
  }
}
