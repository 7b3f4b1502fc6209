import type { KeyConfig, ProviderConfig } from '#config'
import { type Attempt, type ErrorKind, GatewayError, type Target } from '#contract'
import type { Delivery, Outcome } from '#queue'
import { chooseKey, providerAdmits } from '#routing'
import { createAnswer } from './answer.ts'
import { type AttemptOutcome, attempt } from './attempt.ts'
import type { WorkerContext } from './context.ts'
import type { Failure } from './lanes/lane.ts'
import { nextStep } from './next-step.ts'
import { type Call, planCall } from './plan-call.ts'

/**
 * The walk of one job: provider → endpoint and lane → key → attempt, again where that is safe → the answer or the
 * failure. Always ends with a terminal frame; rejects only for a mistake of ours, which the broker answers.
 */
export async function processJob(context: WorkerContext, delivery: Delivery): Promise<Outcome> {
  try {
    const call = await callFor(context, delivery)
    await tryUntilAnswered(context, delivery, call)
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    fail(delivery, { error }, [])
  }
  return { type: 'done' }
}

async function callFor(context: WorkerContext, delivery: Delivery): Promise<Call> {
  const { target } = delivery
  const setup = context.providers.get(target.provider)
  if (setup === undefined) throw configMismatch(target)
  if (!providerAdmits(setup.config, target.model)) throw modelNotFound(target)
  return await planCall(context, delivery, setup)
}

async function tryUntilAnswered(context: WorkerContext, delivery: Delivery, call: Call): Promise<void> {
  const attempts: Attempt[] = []
  const failures: ErrorKind[] = []
  const usedKeys = new Set<string>()
  for (;;) {
    const key = nextKey(context, delivery, call.setup.config, usedKeys)
    const outcome: AttemptOutcome = await attempt(context, { delivery, call, key, earlier: attempts })
    if (outcome.type === 'answered') return
    if (outcome.attempt !== undefined) attempts.push(outcome.attempt)
    failures.push(outcome.failure.error.kind)
    // An upload was read, or may have been: there is nothing to send again.
    const once = delivery.upload !== undefined
    if (once || nextStep({ failures, remainingMs: delivery.remainingMs() }) === 'answer') {
      await answerFailure(delivery, outcome.failure, attempts)
      return
    }
  }
}

/** A key that this job has not used, else one that it has; none for a provider without keys. */
function nextKey(
  context: WorkerContext,
  { header, target }: Delivery,
  provider: ProviderConfig,
  usedKeys: Set<string>,
): KeyConfig | undefined {
  if (header.key !== undefined) return namedKey(provider, header.key)
  const choice = { keys: provider.keys, model: target.model, random: context.random }
  const key = chooseKey({ ...choice, exclude: usedKeys }) ?? chooseKey(choice)
  if (key !== undefined) usedKeys.add(key.name)
  return key
}

/** What the request names belongs to one account: no other key finds it. */
function namedKey(provider: ProviderConfig, name: string): KeyConfig {
  const key = provider.keys.find((candidate) => candidate.name === name)
  if (key === undefined) throw keyGone(provider.id, name)
  return key
}

/** Tells the caller: in the provider's own bytes where there are any, else as an error of ours. */
async function answerFailure(
  delivery: Delivery,
  failure: Failure,
  attempts: readonly Attempt[],
): Promise<void> {
  const { vendor } = failure
  if (vendor === undefined) {
    fail(delivery, failure, attempts)
    return
  }
  const answer = createAnswer(delivery, attempts.slice(0, -1))
  answer.head({ status: vendor.status, headers: vendor.headers, warnings: [] })
  answer.body(vendor.body)
  answer.end({ warnings: [] })
}

function fail(delivery: Delivery, failure: Failure, attempts: readonly Attempt[]): void {
  const { target, queueMs } = delivery
  delivery.reply.fail({ error: failure.error.toData(), target, attempts: [...attempts], queueMs })
}

function configMismatch({ provider }: Target): GatewayError {
  return new GatewayError({
    kind: 'mismatch',
    code: 'config_mismatch',
    message: `The worker that took this request has no provider "${provider}" in its config; give all pods the same config.`,
  })
}

function keyGone(provider: string, name: string): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'key_not_found',
    message: `What this request names was made with the key "${name}" of provider "${provider}", which is not in the gateway's config any more; put it back under that name, or make it anew.`,
  })
}

function modelNotFound({ provider, model }: Target): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'model_not_found',
    message: `No key of provider "${provider}" admits the model "${model}"; add it to providers.${provider}.keys[].models.`,
    param: 'model',
  })
}
