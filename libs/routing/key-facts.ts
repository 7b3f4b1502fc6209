import type { Json, JsonObject } from '#contract'
import type { KeyState } from './key-choice.ts'

/** A shared fact, and when it ends (store time). */
export type KeyFact = { readonly value: Json; readonly untilMs: number }

/** What the facts about a key are called, within the scope of its provider. */
const keyFacts = {
  /** `{ reason, strikes, retryAfter }` until the key may be used again. */
  cooldown: (key: string) => `cooldown:${key}`,
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

function membersOf(fact: KeyFact | undefined): JsonObject {
  const { value } = fact ?? {}
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
