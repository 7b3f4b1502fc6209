import { isJsonObject, type Json } from '#contract'
import type { KeyState } from './key-choice.ts'

/** A fact as the store keeps it: what is known, and until when (the store's epoch milliseconds). */
export type KnownFact = { readonly value: Json; readonly untilMs: number }

/**
 * What the shared facts of a provider say of one key: `cooldown:<key>`, `breaker:<key>` and `pace:<key>`. `undefined` when
 * they say nothing, which is nearly always.
 */
export function keyStateFrom(
  factOf: (name: string) => KnownFact | undefined,
  key: string,
): KeyState | undefined {
  const cooldown = factOf(`cooldown:${key}`)
  const breaker = factOf(`breaker:${key}`)
  const pace = member(factOf(`pace:${key}`), 'remaining')
  if (cooldown === undefined && breaker === undefined && pace === undefined) return undefined
  const reason = member(cooldown, 'reason')
  return {
    ...(cooldown !== undefined && { cooldownUntilMs: cooldown.untilMs }),
    ...(typeof reason === 'string' && { cooldownReason: reason }),
    ...(breaker !== undefined && { breakerOpenUntilMs: breaker.untilMs }),
    ...(typeof pace === 'number' && { pace }),
  }
}

function member(fact: KnownFact | undefined, name: string): Json | undefined {
  return isJsonObject(fact?.value) ? fact.value[name] : undefined
}
