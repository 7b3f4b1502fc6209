import type { Json, JsonObject } from '#contract'
import type { KeyState } from './key-choice.ts'

/** A shared fact, and when it ends (store time). */
export type KeyFact = { readonly value: Json; readonly untilMs: number }

/** What the facts about a key are called, within the scope of its provider. */
export const keyFacts = {
  /** `{ reason, strikes, retryAfter }` until the key may be used again. */
  cooldown: (key: string) => `cooldown:${key}`,
  /** `{ count }` for as long as they count: they outlive the cooldown, or each one would be the first. */
  strikes: (key: string) => `strikes:${key}`,
  /** `{ state: "open" }` until the key may be probed. */
  breaker: (key: string) => `breaker:${key}`,
  /** `{ remaining }`: the part of the vendor's own limit that is left, from 0 to 1. */
  pace: (key: string) => `pace:${key}`,
} as const

/** The state of a provider's key from the facts of that provider. What a fact holds beside what is known is left alone. */
export function keyStateFrom(factOf: (name: string) => KeyFact | undefined, key: string): KeyState {
  const cooldown = factOf(keyFacts.cooldown(key))
  const breaker = factOf(keyFacts.breaker(key))
  const reason = membersOf(cooldown)['reason']
  const remaining = membersOf(factOf(keyFacts.pace(key)))['remaining']
  return {
    ...(cooldown !== undefined && { cooldownUntilMs: cooldown.untilMs }),
    ...(typeof reason === 'string' && { cooldownReason: reason }),
    ...(membersOf(breaker)['state'] === 'open' && breaker && { breakerOpenUntilMs: breaker.untilMs }),
    ...(typeof remaining === 'number' && { pace: remaining }),
  }
}

/** How often in a row a key has failed, as far as that still counts. */
export function strikesFrom(factOf: (name: string) => KeyFact | undefined, key: string): number {
  const { count } = membersOf(factOf(keyFacts.strikes(key)))
  return typeof count === 'number' && count > 0 ? count : 0
}

function membersOf(fact: KeyFact | undefined): JsonObject {
  const { value } = fact ?? {}
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
