import { GatewayError, type PlannedTarget } from '#contract'
import { availabilityOf, keyStateFrom, providerAdmits } from '#routing'
import { type Job, journeyOf } from './walk.ts'

/** Later targets of the plan that could be asked now. */
export function targetsLeft(job: Job): number {
  return laterTargets(job).filter(({ target }) => hindranceTo(job, target) === undefined).length
}

/**
 * Moves the request to the first later target that takes it in; those passed over are listed. Resolves with why none did,
 * or `undefined` once it has moved.
 */
export async function hopOn(job: Job): Promise<GatewayError | undefined> {
  const { context, delivery, walk } = job
  let refusal: GatewayError | undefined
  for (const { target, hop } of laterTargets(job)) {
    const { provider, model } = target
    const config = context.providers.get(provider)?.config
    const hindrance = hindranceTo(job, target)
    if (hindrance !== undefined || config === undefined) {
      walk.attempts.push({ provider, model, outcome: hindrance ?? 'config_mismatch' })
      continue
    }
    try {
      await delivery.hop({
        hop,
        limits: { concurrency: config.concurrency, bufferSize: config.bufferSize },
        journey: journeyOf(walk),
        ...(delivery.header.priority !== 'low' && { maxWaitMs: context.queue.maxWaitMs }),
        ...(context.queue.tenantShare < 1 && { tenantShare: context.queue.tenantShare }),
      })
      context.metrics.fellBack({ from: delivery.target.provider, to: provider })
      return undefined
    } catch (error) {
      refusal = GatewayError.from(error)
      if (refusal.kind !== 'queue-full') return refusal
      walk.attempts.push({ provider, model, outcome: refusal.code })
    }
  }
  return refusal ?? noneLeft()
}

function laterTargets({
  delivery,
}: Job): readonly { readonly target: PlannedTarget; readonly hop: number }[] {
  const { plan, hop, key } = delivery.header
  // What is named belongs to one account of this provider.
  if (key !== undefined) return []
  return plan.map((target, index) => ({ target, hop: index })).slice(hop + 1)
}

/**
 * Why a target need not be asked: no key admits the model, or each that does cools down or sits behind an open breaker, or
 * of several Redis its own is away.
 */
function hindranceTo({ context, delivery }: Job, { provider, model }: PlannedTarget): string | undefined {
  const config = context.providers.get(provider)?.config
  if (config === undefined) return 'config_mismatch'
  if (!providerAdmits(config, model)) return 'model_not_found'
  const { store } = context
  if (!store.ready(provider) && store.ready(delivery.target.provider)) return 'store_unavailable'
  const { type } = availabilityOf({
    provider: config,
    model,
    stateOf: (key) => keyStateFrom((fact) => context.store.facts.get(provider, fact), key),
    nowMs: context.store.clock.nowMs(),
  })
  if (type === 'available') return undefined
  return type === 'open' ? 'circuit_open' : 'key_cooldown'
}

function noneLeft(): GatewayError {
  return new GatewayError({
    kind: 'queue-full',
    code: 'no_target_left',
    message: 'No other target of this request can be asked now.',
  })
}
