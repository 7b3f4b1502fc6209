import { createFactsCopy } from '../facts-copy.ts'
import type { Fact, Facts } from '../store.ts'
import { storeUnavailable } from '../unavailable.ts'
import type { Channel } from './channel.ts'

/** A fact on its way: `null` = deleted. */
export type FactMessage = readonly [scope: string, name: string, fact: Fact | null]

/*
 * This process's copy of the facts that the owner keeps. A change of ours:
 *
 *   under way → the owner says that it has it → there
 *
 * The owner tells in one order what has changed. While a change of ours is under way, what it tells of the same fact is
 * older; afterwards everything is newer. So its word counts the moment it is heard, not when a promise resolves.
 */

/** Facts that another process owns. */
export function createSharedFacts(channel: Channel, nowMs: () => number): Facts {
  const copy = createFactsCopy(nowMs)
  const underWay = new Map<string, PromiseWithResolvers<void>[]>()
  const placeOf = (scope: string, name: string) => `${scope} ${name}`

  function hear(args: readonly unknown[]): void {
    const [scope, name, fact] = args as FactMessage
    if (!underWay.has(placeOf(scope, name))) copy.apply({ scope, name, fact: fact ?? undefined })
  }

  async function change(scope: string, name: string, fact: Fact | undefined): Promise<void> {
    const place = placeOf(scope, name)
    copy.apply({ scope, name, fact })
    if (!channel.open) throw storeUnavailable(undefined)
    const own = Promise.withResolvers<void>()
    underWay.set(place, [...(underWay.get(place) ?? []), own])
    channel.tell('set-fact', scope, name, fact ?? null)
    await own.promise
  }

  channel.on('fact-kept', ([scope, name]) => {
    const place = placeOf(String(scope), String(name))
    const [first, ...rest] = underWay.get(place) ?? []
    if (rest.length > 0) underWay.set(place, rest)
    else underWay.delete(place)
    first?.resolve()
  })
  channel.onClose(() => {
    for (const each of underWay.values()) for (const { reject } of each) reject(storeUnavailable(undefined))
    underWay.clear()
  })

  channel.on('fact', hear)
  return {
    async follow(scopes) {
      const fresh = scopes.filter((scope) => copy.follow(scope))
      if (fresh.length === 0) return
      // Without an owner there is nothing to be read, now or later.
      const facts = await channel.insist('follow', fresh).catch(() => [])
      for (const fact of facts as readonly FactMessage[]) hear(fact)
    },
    get: copy.get,
    all: copy.all,
    watch: copy.watch,
    set: (scope, name, value, ttlMs) => change(scope, name, { value, untilMs: Math.ceil(nowMs() + ttlMs) }),
    delete: (scope, name) => change(scope, name, undefined),
  }
}
