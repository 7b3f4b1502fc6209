import { errorKinds, GatewayError, type Target } from '#contract'
import type { Delivery, Outcome } from '#queue'
import { nextStep, providerAdmits } from '#routing'
import { inChunks } from './answer.ts'
import { type AttemptOutcome, attempt } from './attempt.ts'
import { type ChosenKey, chooseKey, countUsableKeys, noKey, waitForKey } from './choose-key.ts'
import type { WorkerContext } from './context.ts'
import { hopOn, targetsLeft } from './hop-on.ts'
import type { Failure } from './lanes/lane.ts'
import { learnFromHead, learnFromOutcome } from './learn.ts'
import { type Call, planCall } from './plan-call.ts'
import { mayRetry, retryFacts } from './retry.ts'
import { sleep } from './sleep.ts'
import { type Job, resumeWalk, retryStateOf } from './walk.ts'

/** A wait above this frees the slot. */
const longestHeldWaitMs = 250

/** What follows: once more here after a wait, elsewhere, or nothing but the answer. */
type Next =
  | { readonly type: 'again'; readonly waitMs: number }
  | { readonly type: 'hop' | 'answer'; readonly failure: Failure }
  | { readonly type: 'answered' }

/**
 * The walk of one job: provider → endpoint and lane → key → breaker → attempt, again where that is safe, on to the next
 * target where that helps → the answer or the failure. Ends with a terminal frame or a delay; rejects only for a mistake
 * of ours, which the broker answers.
 */
export async function processJob(context: WorkerContext, delivery: Delivery): Promise<Outcome> {
  const job: Job = { context, delivery, walk: resumeWalk(delivery) }
  try {
    const call = await callFor(context, delivery)
    return await tryUntilAnswered(job, call)
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    // The target could not even be asked; another one may be.
    await goOnOrAnswer(job, { type: errorKinds[error.kind].fallback ? 'hop' : 'answer', failure: { error } })
    return { type: 'done' }
  }
}

function callFor(context: WorkerContext, delivery: Delivery): Call | Promise<Call> {
  const { target } = delivery
  const setup = context.providers.get(target.provider)
  if (setup === undefined) throw configMismatch(target)
  if (!providerAdmits(setup.config, target.model)) throw noKey(target)
  return planCall(context, delivery, setup)
}

async function tryUntilAnswered(job: Job, call: Call): Promise<Outcome> {
  const { delivery, walk } = job
  for (;;) {
    const next = await tryOnce(job, call)
    if (next.type === 'answered') return { type: 'done' }
    if (next.type !== 'again') {
      await goOnOrAnswer(job, next)
      return { type: 'done' }
    }
    // An upload is read once, by this delivery: it waits here however long that takes.
    if (next.waitMs > longestHeldWaitMs && delivery.upload === undefined) {
      return { type: 'delayed', delayMs: next.waitMs, retryState: retryStateOf(walk) }
    }
    if (next.waitMs > 0) await sleep(next.waitMs, delivery.signal)
    if (delivery.signal.aborted) {
      fail(job, { error: GatewayError.from(delivery.signal.reason) })
      return { type: 'done' }
    }
  }
}

/** One call, if a key can be used now, and what follows from how it went. */
async function tryOnce(job: Job, call: Call): Promise<Next> {
  const choice = chooseKey(job, call)
  if (choice.type === 'wait') return { type: 'again', waitMs: choice.waitMs }
  if (choice.type !== 'key') return choice
  const { context, delivery, walk } = job
  const { key } = choice
  const made = {
    key,
    admission: choice.admission,
    startedMs: context.store.clock.nowMs(),
    givenMs: delivery.remainingMs(),
  }
  const others = () => countUsableKeys(job, call, new Set([key?.name ?? '']))
  context.traffic.budget.called(delivery.target.provider)
  const startedAtMs = context.monotonicMs()
  const outcome = await attempt(context, {
    delivery,
    call,
    key,
    earlier: walk.attempts,
    onHead: ({ status, headers }) => {
      const afterMs = context.monotonicMs() - startedAtMs
      learnFromHead(job, made, { status, headers, afterMs, otherUsableKeys: others })
    },
  })
  learnFromOutcome(job, made, outcome, others)
  if (outcome.type === 'answered') return { type: 'answered' }
  return await afterFailure(job, call, key, outcome)
}

async function afterFailure(
  job: Job,
  call: Call,
  key: ChosenKey,
  outcome: Extract<AttemptOutcome, { type: 'failed' }>,
): Promise<Next> {
  const { delivery, walk } = job
  const { failure } = outcome
  if (outcome.attempt !== undefined) {
    walk.attempts.push(outcome.attempt)
    walk.calls += 1
    walk.callsHere += 1
    walk.usedKeys.add(key?.name ?? '')
  }
  // An upload was read, or may have been: there is nothing to send again.
  if (delivery.upload !== undefined) return { type: 'answer', failure }
  const facts = retryFacts(job, call, failure, {
    others: countUsableKeys(job, call, walk.usedKeys),
    waitMs: waitForKey(job, call),
  })
  const step = nextStep({ ...facts, budget: 'unknown' })
  if (step.type !== 'again') return { type: step.type, failure }
  if (step.free || (await mayRetry(job))) return { type: 'again', waitMs: step.waitMs }
  const without = nextStep({ ...facts, budget: 'exhausted' })
  return without.type === 'again' ? without : { type: without.type, failure }
}

/** On to the next target that takes the request in, else the first failure is told. */
async function goOnOrAnswer(job: Job, next: Extract<Next, { failure: Failure }>): Promise<void> {
  const { delivery, walk } = job
  if (next.type === 'hop' && targetsLeft(job) > 0) {
    walk.firstFailure ??= next.failure.error.toData()
    const refused = await hopOn(job)
    if (refused === undefined) return
    if (refused.kind !== 'queue-full') return fail(job, { error: refused })
  }
  const first = delivery.header.journey?.firstFailure
  if (first === undefined) answerFailure(job, next.failure)
  else fail(job, { error: GatewayError.fromData(first) })
}

/** Tells the caller: in the provider's own bytes where there are any, else as an error of ours. */
function answerFailure(job: Job, failure: Failure): void {
  const { vendor } = failure
  if (vendor === undefined) {
    fail(job, failure)
    return
  }
  const { delivery, walk } = job
  const { reply, target, queueMs, header } = delivery
  const told = { attempts: [...walk.attempts], warnings: header.warnings }
  reply.head({ ...told, status: vendor.status, headers: vendor.headers, target, queueMs })
  for (const piece of inChunks(vendor.body)) reply.chunk(piece)
  reply.end(told)
}

function fail({ delivery, walk }: Job, failure: Failure): void {
  const { target, queueMs } = delivery
  delivery.reply.fail({ error: failure.error.toData(), target, attempts: [...walk.attempts], queueMs })
}

function configMismatch({ provider }: Target): GatewayError {
  return new GatewayError({
    kind: 'mismatch',
    code: 'config_mismatch',
    message: `The worker that took this request has no provider "${provider}" in its config; give all pods the same config.`,
  })
}
