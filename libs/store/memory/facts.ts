import { createFactsCopy } from '../facts-copy.ts'
import type { Facts } from '../store.ts'

/** Facts of one process: its copy is all there is. A scope that it does not follow is kept for when it does. */
export function createMemoryFacts(nowMs: () => number): Facts {
  const copy = createFactsCopy(nowMs)
  const followed = new Set<string>()
  return {
    async follow(scopes) {
      for (const scope of scopes) {
        copy.follow(scope)
        followed.add(scope)
      }
    },
    get: (scope, name) => (followed.has(scope) ? copy.get(scope, name) : undefined),
    all: (scope) => (followed.has(scope) ? copy.all(scope) : new Map()),
    async set(scope, name, value, ttlMs) {
      copy.follow(scope)
      copy.apply({ scope, name, fact: { value, untilMs: Math.ceil(nowMs() + ttlMs) } })
    },
    async delete(scope, name) {
      copy.apply({ scope, name, fact: undefined })
    },
    watch: (listener) =>
      copy.watch((change) => {
        if (followed.has(change.scope)) listener(change)
      }),
  }
}
