import { type Attempt, GatewayError } from '#contract'
import type { NewJobHeader, Reply } from '#queue'
import { availabilityOf, hindered, keyStateFrom, withoutKey } from '#routing'
import { storeUnavailable } from '#store'
import { waitFor } from './admit.ts'
import type { ApiContext } from './context.ts'
import type { Exchange } from './exchange.ts'
import type { Stop } from './stop.ts'

export type PlannedJob = {
  readonly header: Omit<NewJobHeader, 'hop' | 'plan' | 'journey'>
  readonly body: Uint8Array
  readonly stops: readonly [Stop, ...Stop[]]
  readonly timeoutMs: number
  /** Of the request and its answer, for limits on tokens. */
  estimateTokens(): number
}

/**
 * Submits to the first target of the plan that takes the request in. One that cannot be asked now, or whose queue is full,
 * is passed over at once while there is another; those are listed with the attempts. When none takes it in the first
 * refusal is the answer.
 */
export async function submitPlan(api: ApiContext, exchange: Exchange, job: PlannedJob): Promise<Reply> {
  const passed: Attempt[] = []
  let firstRefusal: GatewayError | undefined
  for (let hop = 0; hop < job.stops.length; hop += 1) {
    const stop = job.stops[hop]
    if (stop === undefined) break
    const refusal = await trySubmit(api, exchange, job, { hop, stop, passed, firstRefusal })
    if (!GatewayError.is(refusal)) return refusal
    firstRefusal ??= refusal
    const { provider, model } = stop.target
    passed.push({ provider, model, outcome: refusal.code })
    api.metrics.passedOver({ provider, reason: refusal.code })
    exchange.facts.attempts = passed
  }
  throw firstRefusal ?? new Error('a plan without targets')
}

type Try = {
  readonly hop: number
  readonly stop: Stop
  readonly passed: readonly Attempt[]
  readonly firstRefusal: GatewayError | undefined
}

/** The reply, or why this target does not take the request in; throws what no other target would change. */
async function trySubmit(
  api: ApiContext,
  exchange: Exchange,
  job: PlannedJob,
  attempt: Try,
): Promise<Reply | GatewayError> {
  const { hop, stop, passed, firstRefusal } = attempt
  const { provider } = stop
  if (isCutOff(api, job, attempt)) return storeUnavailable(undefined)
  const wait = waitFor(api, job.header)
  const step = stepTo(api, job, attempt, wait.maxWaitMs ?? job.timeoutMs)
  if (GatewayError.is(step)) return step
  const { tenant } = job.header
  const { target } = stop
  const admitted = api.rateLimits.admit({ tenant, target, estimateTokens: job.estimateTokens })
  const admission = admitted instanceof Promise ? await admitted : admitted
  exchange.facts.limitHeaders = admission.headers(job.header.wire)
  if (!admission.admitted) {
    // Another target would be asked by the same client.
    if (!admission.elsewhere) throw admission.error
    return admission.error
  }
  try {
    const plan = job.stops.map(({ target: { provider, model }, native }) => ({ provider, model, native }))
    const reply = await api.broker.submit({
      header: { ...job.header, hop, plan, ...(passed.length > 0 && journeyAfter(passed, firstRefusal)) },
      body: job.body,
      limits: { concurrency: provider.concurrency, bufferSize: provider.bufferSize },
      timeoutMs: job.timeoutMs,
      ...wait,
      ...(step.delayMs > 0 && { delayMs: step.delayMs }),
    })
    exchange.facts.lease = admission
    return reply
  } catch (error) {
    await admission.release()
    if (GatewayError.is(error) && error.kind === 'queue-full') return error
    throw error
  }
}

function journeyAfter(attempts: readonly Attempt[], firstRefusal: GatewayError | undefined) {
  const firstFailure = firstRefusal?.toData()
  return { journey: { attempts, calls: 0, ...(firstFailure !== undefined && { firstFailure }) } }
}

const atOnce = { delayMs: 0 }

/** Whether of several Redis this target's is away, and that of a later one is not: nothing needs to be sent to find out. */
function isCutOff({ broker }: ApiContext, { stops }: PlannedJob, { hop, stop }: Try): boolean {
  const later = stops.slice(hop + 1)
  if (later.length === 0 || broker.ready(stop.provider.id)) return false
  return later.some(({ provider }) => broker.ready(provider.id))
}

/** How long the request is to wait for a key before it starts, or why the target is passed over. */
function stepTo(
  api: ApiContext,
  job: PlannedJob,
  { hop, stop }: Try,
  maxWaitMs: number,
): { readonly delayMs: number } | GatewayError {
  const availability = availabilityNow(api, stop)
  if (availability.type === 'available') return atOnce
  const nowMs = api.store.clock.nowMs()
  const { untilMs } = availability
  const reason = availability.type === 'open' ? 'circuit_open' : 'key_cooldown'
  const step = withoutKey({
    hindrance: { reason, untilMs },
    nowMs,
    targetsLeft: job.stops.slice(hop + 1).filter((later) => availabilityNow(api, later).type === 'available')
      .length,
    remainingMs: job.timeoutMs,
    maxWaitMs,
  })
  if (step.type === 'wait') return { delayMs: step.waitMs }
  return hindered(stop.target.provider, reason, untilMs - nowMs)
}

function availabilityNow(api: ApiContext, { target, provider }: Stop): ReturnType<typeof availabilityOf> {
  return availabilityOf({
    provider,
    model: target.model,
    stateOf: (key) => keyStateFrom((fact) => api.store.facts.get(provider.id, fact), key),
    nowMs: api.store.clock.nowMs(),
  })
}
