import { setTimeout as delay } from 'node:timers/promises'
import { call, type Told } from './caller.ts'
import { type Mode, onPolicyStage, type PolicyStage, quantile } from './policy-stage.ts'
import { type Figure, fact, figure } from './scenarios.ts'

const requests = 20
const key = { only: 1 }
/** Without retries a request is one call, so that "goes up" can be counted. */
const network = { max_retries: 0 }
/** A tenth of the two seconds. */
const toleranceMs = 200

/** A provider's only key: what it refuses goes up each time, and only a time that the vendor named is waited for. */
export async function onlyKey(mode: Mode): Promise<readonly Figure[]> {
  const goingUp = await onPolicyStage({ mode, keys: key, concurrency: 40, network }, async (stage) => [
    ...(await allGoUp(stage, 429)),
    ...(await allGoUp(stage, 401)),
  ])
  const queue = (seconds: number) => ({ max_wait_in_seconds: seconds })
  const waiting = await onPolicyStage(
    { mode, keys: key, concurrency: 40, network, queue: queue(15) },
    theyWait,
  )
  const told = await onPolicyStage(
    { mode, keys: key, concurrency: 40, network, queue: queue(0.3) },
    theyAreTold,
  )
  return [...goingUp, ...waiting, ...told]
}

async function allGoUp(stage: PolicyStage, status: number): Promise<readonly Figure[]> {
  stage.providers.reset()
  const message = `the vendor's own ${status}`
  stage.providers.script({ behaviour: { error: { status, message } } })
  const told: Told[] = []
  // One after another, so that each could know of the one before.
  for (let index = 0; index < requests; index++) told.push(await ask(stage, index))
  const name = `${status} without Retry-After`
  const isVendors = (each: Told) => each.status === status && each.text.includes(message)
  return [
    figure(`${name}: upstream calls`, stage.providers.calls.length, String(requests), isAll),
    figure(`${name}: the vendor's own answers`, told.filter(isVendors).length, String(requests), isAll),
  ]
}

async function theyWait(stage: PolicyStage): Promise<readonly Figure[]> {
  const refusedAt = await refuseOne(stage)
  const told = await volley(stage)
  const later = stage.providers.calls.slice(1)
  const first = Math.min(...later.map(({ startedAt }) => startedAt)) - refusedAt
  const slowest = Math.max(...told.map(({ endedAt }) => endedAt)) - refusedAt
  const name = '429 with Retry-After 2, maximum wait 15 s'
  return [
    figure(`${name}: later requests answered`, answersOf(told, 200).length, String(requests), isAll),
    figure(`${name}: upstream calls of theirs`, later.length, String(requests), isAll),
    figure(
      `${name}: first of them after (ms)`,
      first,
      '1,800 to 2,200',
      (value) => Math.abs(value - 2_000) <= toleranceMs,
    ),
    fact(`${name}: last answer after (ms)`, slowest),
  ]
}

async function theyAreTold(stage: PolicyStage): Promise<readonly Figure[]> {
  const refusedAt = await refuseOne(stage)
  const told = await volley(stage)
  await delay(refusedAt + 1_300 - Date.now())
  const later = await ask(stage, 0)
  const refused = answersOf(told, 429)
  const afterSeconds = refused.map(({ headers }) => Number(headers['retry-after']))
  const slowest = quantile(
    told.map(({ startedAt, endedAt }) => endedAt - startedAt),
    1,
  )
  const name = '429 with Retry-After 2, maximum wait 0.3 s'
  return [
    figure(`${name}: later requests told 429`, refused.length, String(requests), isAll),
    figure(
      `${name}: Retry-After they were told (s)`,
      `${Math.min(...afterSeconds)} to ${Math.max(...afterSeconds)}`,
      '1 to 2',
      () => afterSeconds.every((seconds) => seconds >= 1 && seconds <= 2),
    ),
    figure(
      `${name}: Retry-After after another 1.3 s (s)`,
      Number(later.headers['retry-after']),
      '1',
      (value) => value === 1 && later.status === 429,
    ),
    figure(
      `${name}: upstream calls of theirs`,
      stage.providers.calls.length - 1,
      '0',
      (value) => value === 0,
    ),
    figure(`${name}: slowest of them (ms)`, slowest, '≤ 250', (value) => value <= 250),
  ]
}

/** The key's one refusal; when the upstream had said it. */
async function refuseOne(stage: PolicyStage): Promise<number> {
  // Warm connections and code, so that what follows measures the policy.
  await Promise.all(Array.from({ length: requests }, (_, index) => ask(stage, index)))
  stage.providers.reset()
  stage.providers.script({ behaviour: { error: { status: 429, retryAfterSeconds: 2 } }, times: 1 })
  await ask(stage, 0)
  return stage.providers.calls[0]?.endedAt ?? Number.NaN
}

function volley(stage: PolicyStage): Promise<readonly Told[]> {
  return Promise.all(Array.from({ length: requests }, (_, index) => ask(stage, index)))
}

function ask(stage: PolicyStage, index: number): Promise<Told> {
  return call({ url: stage.url(index), model: 'gpt-4o-mini' }).told
}

function answersOf(told: readonly Told[], status: number): readonly Told[] {
  return told.filter((each) => each.status === status && each.whole)
}

function isAll(value: number): boolean {
  return value === requests
}
