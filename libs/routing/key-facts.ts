import type { Json, JsonObject } from '#contract'
import type { KeyState } from './key-choice.ts'

/** A shared fact, and when it ends (store time). */
export type KeyFact = { readonly value: Json; readonly untilMs: number }

/** What the facts about a key are called, within the scope of its provider. */
type FactNames = {
  /** `{ reason, strikes, retryAfter }` until the key may be used again. */
  readonly cooldown: string
  /** `{ state: "open" }` until the key may be probed. */
  readonly breaker: string
  /** `{ remaining }`: the part of the vendor's own limit that is left, from 0 to 1. */
  readonly pace: string
}

/** Keys are the config's own, so there are few; a name that is put together anew is hashed anew at each look-up. */
const namesByKey = new Map<string, FactNames>()

function factNames(key: string): FactNames {
  let names = namesByKey.get(key)
  if (names === undefined) {
    names = { cooldown: `cooldown:${key}`, breaker: `breaker:${key}`, pace: `pace:${key}` }
    namesByKey.set(key, names)
  }
  return names
}

/** Of a key of which nothing is known: of nearly all, nearly always. */
const unknown: KeyState = {}

/** The state of a provider's key from the facts of that provider. What a fact holds beside what is known is left alone. */
export function keyStateFrom(factOf: (name: string) => KeyFact | undefined, key: string): KeyState {
  const names = factNames(key)
  const cooldown = factOf(names.cooldown)
  const breaker = factOf(names.breaker)
  const pace = factOf(names.pace)
  if (cooldown === undefined && breaker === undefined && pace === undefined) return unknown
  const reason = membersOf(cooldown)['reason']
  const remaining = membersOf(pace)['remaining']
  return {
    ...(cooldown !== undefined && { cooldownUntilMs: cooldown.untilMs }),
    ...(typeof reason === 'string' && { cooldownReason: reason }),
    ...(membersOf(breaker)['state'] === 'open' && breaker && { breakerOpenUntilMs: breaker.untilMs }),
    ...(typeof remaining === 'number' && { pace: remaining }),
  }
}

function membersOf(fact: KeyFact | undefined): JsonObject {
  const { value } = fact ?? {}
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
