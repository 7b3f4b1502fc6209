import type { KeyConfig } from '#config'
import { GatewayError, type Target } from '#contract'
import type { Admission } from '#resilience'
import {
  admits,
  choosePacedKey,
  earliestOf,
  hindered,
  hindranceOf,
  type KeyHindrance,
  type KeyState,
  keyless,
  keyStateFrom,
  withoutKey,
} from '#routing'
import { targetsLeft } from './hop-on.ts'
import type { Failure } from './lanes/lane.ts'
import type { Call } from './plan-call.ts'
import type { Job } from './walk.ts'

/** Absent for a provider that is asked without a credential. */
export type ChosenKey = KeyConfig | undefined

export type KeyStep =
  | { readonly type: 'key'; readonly key: ChosenKey; readonly admission: Admission }
  | { readonly type: 'wait'; readonly waitMs: number }
  | { readonly type: 'hop' | 'answer'; readonly failure: Failure }

/** The key of the next call, admitted by its breaker; or what follows when no key can be used now. */
export function chooseKey(job: Job, call: Call): KeyStep {
  const { context, delivery, walk } = job
  const { provider, model } = delivery.target
  const { nowMs } = context.store.clock
  // A breaker may refuse what the facts allow: somebody else has its one probe.
  const refused = new Map<string, KeyState>()
  const stateOf = (name: string) => refused.get(name) ?? stateFor(job, name)
  for (;;) {
    const choice = choosePacedKey({
      keys: keysOf(job, call),
      model,
      stateOf,
      nowMs: nowMs(),
      exclude: walk.usedKeys,
      session: delivery.header.session,
      random: context.random,
    })
    if (choice.type === 'none') return { type: 'hop', failure: { error: noKey(delivery.target) } }
    if (choice.type === 'wait') return whenHindered(job, choice)
    const { name } = choice.key
    const admission = context.traffic.breakers.admit(provider, name)
    if (admission.type !== 'open') return { type: 'key', key: configured(call, name), admission }
    refused.set(name, { breakerOpenUntilMs: nowMs() + Math.max(admission.retryAfterMs, 1) })
  }
}

/** Keys beside those in `except` that could make this call now. */
export function countUsableKeys(job: Job, call: Call, except: ReadonlySet<string>): number {
  const nowMs = job.context.store.clock.nowMs()
  return keysOf(job, call).filter(
    (key) =>
      admits(key, job.delivery.target.model) &&
      !except.has(key.name) &&
      hindranceOf(stateFor(job, key.name), nowMs) === undefined,
  ).length
}

/**
 * How long until some key can make this call; `undefined` when one can now. Behind open breakers it is for ever: nobody waits
 * for those.
 */
export function waitForKey(job: Job, call: Call): number | undefined {
  const nowMs = job.context.store.clock.nowMs()
  const admitting = keysOf(job, call).filter((key) => admits(key, job.delivery.target.model))
  const hindrances = admitting.map(({ name }) => hindranceOf(stateFor(job, name), nowMs))
  if (hindrances.includes(undefined)) return undefined
  const earliest = earliestOf(hindrances)
  if (earliest === undefined) return undefined
  return earliest.reason === 'circuit_open' ? Number.POSITIVE_INFINITY : earliest.untilMs - nowMs
}

/** What all replicas know of a key. */
export function stateFor({ context, delivery }: Job, name: string): KeyState | undefined {
  const { provider } = delivery.target
  return keyStateFrom((fact) => context.store.facts.get(provider, fact), name)
}

/** What the request names belongs to one account: no other key finds it. */
function keysOf({ delivery }: Job, { setup }: Call): readonly (typeof keyless)[] {
  const { key } = delivery.header
  const { keys, id } = setup.config
  if (key !== undefined) {
    const named = keys.filter(({ name }) => name === key)
    if (named.length === 0) throw keyGone(id, key)
    return named
  }
  return keys.length === 0 ? [keyless] : keys
}

function configured({ setup }: Call, name: string): ChosenKey {
  return setup.config.keys.find((key) => key.name === name)
}

function whenHindered(job: Job, hindrance: KeyHindrance): KeyStep {
  const { context, delivery, walk } = job
  const { maxWaitMs } = context.queue
  const step = withoutKey({
    hindrance,
    nowMs: context.store.clock.nowMs(),
    targetsLeft: targetsLeft(job),
    remainingMs: delivery.remainingMs(),
    // Before its first call a request has waited for nothing but its turn.
    maxWaitMs:
      delivery.header.priority === 'low'
        ? delivery.remainingMs()
        : walk.calls > 0
          ? maxWaitMs
          : Math.max(0, maxWaitMs - delivery.queueMs),
  })
  if (step.type === 'wait') return step
  const retryAfterMs = hindrance.untilMs - context.store.clock.nowMs()
  const failure = { error: hindered(delivery.target.provider, hindrance.reason, retryAfterMs) }
  if (step.type === 'pass') walk.attempts.push({ ...delivery.target, outcome: hindrance.reason })
  return { type: step.type === 'pass' ? 'hop' : 'answer', failure }
}

/** No key of the provider's may serve the model. */
export function noKey({ provider, model }: Target): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'model_not_found',
    message: `No key of provider "${provider}" admits the model "${model}"; add it to providers.${provider}.keys[].models.`,
    param: 'model',
  })
}

function keyGone(provider: string, name: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'key_not_found',
    message: `What this request names was made with the key "${name}" of provider "${provider}", which is not in the gateway's config any more; put it back under that name, or make it anew.`,
  })
}
