import { isJsonObject, type ProviderId } from '#contract'
import type { Fact, Store } from '#store'

/*
 * A key of a provider, for all workers at once:
 *
 *   usable → cool() → cooling → its end → usable, with its strikes
 *                             → clear() by a call that began later and succeeded → usable, without strikes
 *   Beside that, its pace: what is left of the vendor's own limit, while that is less than a tenth.
 *
 * How long a key cools and whether it may be passed over at all is routing's to say.
 */

export type CooldownReason = '429' | '401' | '402' | '403' | 'exhausted'

export type Cooldown = {
  readonly reason: CooldownReason
  /** Refusals one after another, this one included. */
  readonly strikes: number
  /** Whether the vendor has said for how long. */
  readonly retryAfter: boolean
}

export type Cooldowns = {
  cool(provider: ProviderId, key: string, cooldown: Cooldown & { readonly forMs: number }): void
  /** Why and until when (the store's time) it cools; `undefined` when it does not. */
  read(provider: ProviderId, key: string): (Cooldown & { readonly untilMs: number }) | undefined
  until(provider: ProviderId, key: string): number | undefined
  /** Refusals since its last success. */
  strikes(provider: ProviderId, key: string): number
  /** A call that began at `startedMs` (the store's time) has succeeded. Costs nothing for a key without a past. */
  clear(provider: ProviderId, key: string, startedMs: number): void
  /** The part of the vendor's limit that is left, and until when that is so. */
  pace(
    provider: ProviderId,
    key: string,
    left: { readonly remaining: number; readonly untilMs: number },
  ): void
  /** What is left, when it is less than a tenth. */
  paceOf(provider: ProviderId, key: string): number | undefined
}

/** Answers that were under way together say nearly the same: a cooldown that ends so little later is not written again. */
const materialMs = 50
/** Refusals so far apart are not one after another. */
const strikesMs = 600_000
const paceBelow = 0.1
const paceEveryMs = 250

const cooldownFact = (key: string) => `cooldown:${key}`
const strikesFact = (key: string) => `strikes:${key}`
const paceFact = (key: string) => `pace:${key}`

export function createCooldowns({ facts, clock }: Pick<Store, 'facts' | 'clock'>): Cooldowns {
  const pacedMs = new Map<string, number>()
  // What the store did not take is kept by the facts, and sent when it is back.
  const keep = (change: Promise<void>): void => {
    change.catch(() => {})
  }
  const read: Cooldowns['read'] = (provider, key) => {
    const fact = facts.get(provider, cooldownFact(key))
    return fact === undefined ? undefined : { ...cooldownOf(fact), untilMs: fact.untilMs }
  }
  return {
    cool(provider, key, { forMs, reason, strikes, retryAfter }) {
      const sinceMs = clock.nowMs()
      const before = read(provider, key)
      if (before !== undefined && before.untilMs + materialMs >= sinceMs + forMs) return
      keep(facts.set(provider, strikesFact(key), strikes, forMs + strikesMs))
      keep(facts.set(provider, cooldownFact(key), { reason, strikes, retryAfter, sinceMs }, forMs))
    },
    read,
    until: (provider, key) => facts.get(provider, cooldownFact(key))?.untilMs,
    strikes(provider, key) {
      const value = facts.get(provider, strikesFact(key))?.value
      return typeof value === 'number' ? value : 0
    },
    clear(provider, key, startedMs) {
      const cooldown = facts.get(provider, cooldownFact(key))
      if (cooldown !== undefined) {
        // A success of a call from before the refusal says nothing about it.
        if (startedMs <= beganOf(cooldown)) return
        keep(facts.delete(provider, cooldownFact(key)))
      }
      if (facts.get(provider, strikesFact(key)) !== undefined) keep(facts.delete(provider, strikesFact(key)))
    },
    pace(provider, key, { remaining, untilMs }) {
      const before = facts.get(provider, paceFact(key))
      const now = clock.nowMs()
      if (remaining >= paceBelow || untilMs <= now) {
        if (before !== undefined && remaining >= paceBelow) keep(facts.delete(provider, paceFact(key)))
        return
      }
      const place = `${provider} ${key}`
      if (now - (pacedMs.get(place) ?? Number.NEGATIVE_INFINITY) < paceEveryMs) return
      pacedMs.set(place, now)
      keep(facts.set(provider, paceFact(key), { remaining }, untilMs - now))
    },
    paceOf(provider, key) {
      const value = facts.get(provider, paceFact(key))?.value
      return isJsonObject(value) && typeof value.remaining === 'number' ? value.remaining : undefined
    },
  }
}

const reasons: readonly string[] = [
  '429',
  '401',
  '402',
  '403',
  'exhausted',
] satisfies readonly CooldownReason[]

function cooldownOf({ value }: Fact): Cooldown {
  const { reason, strikes, retryAfter } = isJsonObject(value) ? value : {}
  return {
    reason: (typeof reason === 'string' && reasons.includes(reason) ? reason : '429') as CooldownReason,
    strikes: typeof strikes === 'number' ? strikes : 1,
    retryAfter: retryAfter === true,
  }
}

function beganOf({ value }: Fact): number {
  return isJsonObject(value) && typeof value.sinceMs === 'number' ? value.sinceMs : 0
}
