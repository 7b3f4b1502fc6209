import { isDeepStrictEqual } from 'node:util'
import type { Fact, FactChange, Facts } from './store.ts'

/*
 * One process's copy of the facts of the scopes that it follows.
 *
 *   unfollowed → follow() → followed, for good
 *   in it a fact:  absent → apply(fact) → held → its end, apply(undefined) → absent
 *
 * A fact that has ended is gone for every reader; its entry goes when it is met, or when the scope has grown.
 */

export type FactsCopy = Pick<Facts, 'get' | 'all' | 'watch'> & {
  /** Whether it was not followed before. */
  follow(scope: string): boolean
  follows(scope: string): boolean
  followed(): readonly string[]
  /** What the fact is now; `undefined` = deleted. Told to the watchers when that changes anything. */
  apply(change: FactChange): void
}

const sweepAt = 64

export function createFactsCopy(nowMs: () => number): FactsCopy {
  const scopes = new Map<string, Map<string, Fact>>()
  const listeners = new Set<(change: FactChange) => void>()
  let sweepSize = sweepAt

  const read = (facts: Map<string, Fact> | undefined, name: string): Fact | undefined => {
    const fact = facts?.get(name)
    if (fact === undefined || fact.untilMs > nowMs()) return fact
    facts?.delete(name)
    return undefined
  }
  const sweep = (facts: Map<string, Fact>): void => {
    for (const name of [...facts.keys()]) read(facts, name)
    sweepSize = Math.max(sweepAt, 2 * facts.size)
  }
  return {
    follow(scope) {
      if (scopes.has(scope)) return false
      scopes.set(scope, new Map())
      return true
    },
    follows: (scope) => scopes.has(scope),
    followed: () => [...scopes.keys()],
    get: (scope, name) => read(scopes.get(scope), name),
    all(scope) {
      const facts = scopes.get(scope)
      if (facts === undefined) return new Map()
      sweep(facts)
      return new Map(facts)
    },
    apply(change) {
      const { scope, name, fact } = change
      const facts = scopes.get(scope)
      if (facts === undefined) return
      const before = read(facts, name)
      if (fact === undefined) facts.delete(name)
      else facts.set(name, fact)
      if (facts.size > sweepSize) sweep(facts)
      if (isDeepStrictEqual(before, fact)) return
      for (const listener of listeners) listener(change)
    },
    watch(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
