import { admits } from './admits.ts'
import { hashToUnit } from './hash.ts'
import type { RoutingKey } from './table.ts'
import { chooseWeighted, type Random } from './weighted.ts'

/** What all replicas know of a key at this moment; absent members are no hindrance. Times are the store's. */
export type KeyState = {
  readonly cooldownUntilMs?: number
  readonly cooldownReason?: string
  readonly breakerOpenUntilMs?: number
  /** The part of the vendor's own limit that is left, from 0 to 1. */
  readonly pace?: number
}

/** Why a key cannot be used now. */
export type KeyHindrance = {
  readonly reason: 'key_cooldown' | 'circuit_open'
  readonly untilMs: number
  /** Of a cooldown: what brought it about. */
  readonly cooldownReason?: string
}

/**
 * `key`: make the call with it. `wait`: some key admits the model, none can be used before `untilMs`. `none`: no key admits
 * the model.
 */
export type KeyChoice<Key> =
  | { readonly type: 'key'; readonly key: Key }
  | ({ readonly type: 'wait' } & KeyHindrance)
  | { readonly type: 'none' }

export type KeyChoiceOptions<Key extends RoutingKey> = {
  /** For a provider that is asked without a credential: `[keyless]`. */
  readonly keys: readonly Key[]
  readonly model: string
  readonly stateOf: (name: string) => KeyState | undefined
  readonly nowMs: number
  /** Names of the keys that this request has used already: taken again only when no other can be used. */
  readonly exclude?: ReadonlySet<string>
  /** Digest of the caller's session: its requests keep to one key while that key can be used. */
  readonly session?: string | undefined
  readonly random: Random
}

/** Stands for the missing key of a provider that needs none; facts about such a provider carry the same empty name. */
export const keyless: RoutingKey = { name: '', models: [], weight: 1 }

/** Below this part of the vendor's limit a key is asked less. */
const slowBelow = 0.1
/** A key that has anything left is never slowed to less than this, so that its recovery is seen. */
const slowest = 0.01

/**
 * The key of one upstream call.
 *
 *   1. Only keys that admit the model; of these only those that neither cool down nor sit behind an open breaker.
 *   2. Keys that the request has used already come last.
 *   3. Without a session: by weight, the weight scaled down as the vendor's own limit runs out.
 *      With one: weighted rendezvous hashing, so that every replica finds the same key, a key that goes away moves its
 *      own sessions only, and these come back with it. A limit that runs out moves a session when nothing is left.
 */
export function choosePacedKey<Key extends RoutingKey>(options: KeyChoiceOptions<Key>): KeyChoice<Key> {
  const { keys, model, stateOf, nowMs, exclude } = options
  const [only] = keys
  if (only !== undefined && keys.length === 1 && admits(only, model)) {
    const hindrance = hindranceOf(stateOf(only.name), nowMs)
    return hindrance === undefined ? { type: 'key', key: only } : { type: 'wait', ...hindrance }
  }
  const admitting = keys.filter((key) => admits(key, model))
  const usable = admitting.filter((key) => hindranceOf(stateOf(key.name), nowMs) === undefined)
  const fresh = usable.filter((key) => exclude?.has(key.name) !== true)
  const key = choose(fresh.length > 0 ? fresh : usable, options)
  if (key !== undefined) return { type: 'key', key }
  const earliest = earliestOf(admitting.map(({ name }) => hindranceOf(stateOf(name), nowMs)))
  return earliest === undefined ? { type: 'none' } : { type: 'wait', ...earliest }
}

/** What keeps a key from being used now, and for how long: of a cooldown and an open breaker the one that ends later. */
export function hindranceOf(state: KeyState | undefined, nowMs: number): KeyHindrance | undefined {
  const cooling = state?.cooldownUntilMs ?? 0
  const open = state?.breakerOpenUntilMs ?? 0
  if (Math.max(cooling, open) <= nowMs) return undefined
  if (open > cooling) return { reason: 'circuit_open', untilMs: open }
  return {
    reason: 'key_cooldown',
    untilMs: cooling,
    ...(state?.cooldownReason !== undefined && { cooldownReason: state.cooldownReason }),
  }
}

/** The one that ends first. */
export function earliestOf(hindrances: readonly (KeyHindrance | undefined)[]): KeyHindrance | undefined {
  let earliest: KeyHindrance | undefined
  for (const hindrance of hindrances) {
    if (hindrance === undefined) continue
    if (earliest === undefined || hindrance.untilMs < earliest.untilMs) earliest = hindrance
  }
  return earliest
}

function choose<Key extends RoutingKey>(
  keys: readonly Key[],
  { stateOf, session, random }: KeyChoiceOptions<Key>,
): Key | undefined {
  const paced = keys.map((key) => ({ key, pace: paceFactor(stateOf(key.name)?.pace) }))
  const left = paced.filter(({ key, pace }) => key.weight > 0 && pace > 0)
  // Where every key has used up its limit, the vendor says so better than we can guess.
  const candidates = left.length > 0 ? left : paced.map(({ key }) => ({ key, pace: 1 }))
  const keysLeft = candidates.map(({ key }) => key)
  if (session !== undefined) return rendezvous(keysLeft, session)
  const weighed = candidates.map(({ key, pace }) => ({ key, weight: key.weight * pace }))
  return chooseWeighted(weighed, random)?.key
}

function paceFactor(remaining: number | undefined): number {
  if (remaining === undefined || remaining >= slowBelow) return 1
  return remaining <= 0 ? 0 : Math.max(slowest, remaining / slowBelow)
}

/** Each key draws its lot from the session; -weight/ln(lot) makes a key win as often as its weight says. */
function rendezvous<Key extends RoutingKey>(keys: readonly Key[], session: string): Key | undefined {
  const allZero = keys.every(({ weight }) => weight === 0)
  let best: Key | undefined
  let bestScore = Number.NEGATIVE_INFINITY
  for (const key of keys) {
    const weight = allZero ? 1 : key.weight
    const score = weight / -Math.log(hashToUnit(`${session}\u0000${key.name}`))
    if (score > bestScore) {
      best = key
      bestScore = score
    }
  }
  return best
}
