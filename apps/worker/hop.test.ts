import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { JobHeader, PlannedTarget } from '#contract'
import { GatewayError } from '#contract'
import { processJob } from './process-job.ts'
import { type FakeDelivery, fakeDelivery } from './testing/fake-delivery.ts'
import { body, completion, only, target } from './testing/openai-fixtures.ts'
import { answerJson, startUpstream, type Upstream } from './testing/upstream.ts'
import { providerConfig, type TestWorker, workerContext } from './testing/worker-context.ts'

/** On to the next target of the plan; keys and retries of one target are in `policy.test.ts`. */

const targets = [
  target,
  { provider: 'groq', model: 'llama' },
  { provider: 'mistral', model: 'small' },
] as const
const plan: readonly PlannedTarget[] = targets.map((each) => ({ ...each, native: true }))
const full = (code: string) => new GatewayError({ kind: 'queue-full', code, message: 'Full.' })

type Stage = {
  readonly worker: TestWorker
  readonly upstream: Upstream
  delivery(header?: Partial<JobHeader>): FakeDelivery
}

/** Three providers at one address that answers with `status`. */
async function stage(
  context: TestContext,
  { status, maxRetries = 0 }: { readonly status: number; readonly maxRetries?: number },
): Promise<Stage> {
  const upstream = await startUpstream(context, (response) =>
    answerJson(response, status === 200 ? completion : { error: { message: `said ${status}` } }, { status }),
  )
  const network = { baseUrl: upstream.url, maxRetries }
  const worker = workerContext(
    context,
    targets.map(({ provider }) => providerConfig(provider, { network, concurrency: 3, bufferSize: 4 })),
  )
  await worker.store.facts.follow(targets.map(({ provider }) => provider))
  return {
    worker,
    upstream,
    delivery: (header) => fakeDelivery({ target, body, header: { plan, ...header } }),
  }
}

test('a failure moves the request on with what it has been through, in a queue of that target’s limits', async (context) => {
  const { worker, delivery } = await stage(context, { status: 503 })
  const job = delivery()
  assert.deepEqual(await processJob(worker, job), { type: 'done' })
  const [hop] = job.hops
  assert.equal(job.hops.length, 1)
  assert.equal(hop?.hop, 1)
  assert.deepEqual(hop?.limits, { concurrency: 3, bufferSize: 4 })
  assert.equal(hop?.maxWaitMs, 15_000)
  const { attempts, calls, firstFailure } = hop?.journey ?? {}
  assert.deepEqual(attempts, [{ ...target, outcome: '503' }])
  assert.equal(calls, 1)
  assert.equal(firstFailure?.status, 503)
  assert.equal(firstFailure?.message, 'said 503')
  assert.equal(only(job.reply, 'hop').target.provider, 'groq')
})

test('low priority waits at the next target as long as it has time', async (context) => {
  const { worker, delivery } = await stage(context, { status: 503 })
  const job = delivery({ priority: 'low' })
  await processJob(worker, job)
  assert.equal(job.hops[0]?.maxWaitMs, undefined)
})

for (const [status, hops] of [
  [400, 0],
  [413, 0],
  [422, 0],
  [401, 1],
  [403, 1],
  [404, 1],
  [429, 1],
  [500, 1],
  [529, 1],
] as const) {
  test(`${status}: ${hops === 0 ? 'the caller’s to hear' : 'the next target is asked'}`, async (context) => {
    const { worker, delivery } = await stage(context, { status })
    const job = delivery()
    await processJob(worker, job)
    assert.equal(job.hops.length, hops)
    if (hops === 0) assert.equal(only(job.reply, 'head').status, status)
  })
}

test('full queues are passed over; when all are, the first failure is the answer and all are listed', async (context) => {
  const { worker, delivery } = await stage(context, { status: 503 })
  const job = delivery()
  job.refuseHops(full('queue_full'))
  await processJob(worker, job)
  const head = only(job.reply, 'head')
  assert.equal(head.status, 503)
  assert.deepEqual(
    head.attempts.map(({ provider, outcome }) => `${provider}=${outcome}`),
    ['openai=503', 'groq=queue_full', 'mistral=queue_full'],
  )
})

test('the one full, the next one takes it', async (context) => {
  const { worker, delivery } = await stage(context, { status: 503 })
  const job = delivery()
  const hop = job.hop.bind(job)
  const first = { ...job, hop: (next: Parameters<typeof hop>[0]) => (next.hop === 1 ? refuse() : hop(next)) }
  const refuse = async () => {
    throw full('tenant_share')
  }
  await processJob(worker, first)
  assert.deepEqual(
    job.hops.map(({ hop: at }) => at),
    [2],
  )
  assert.deepEqual(
    job.hops[0]?.journey.attempts.map(({ outcome }) => outcome),
    ['503', 'tenant_share'],
  )
  // What was passed over is no call.
  assert.equal(job.hops[0]?.journey.calls, 1)
})

test('the last target fails, too: the caller hears of the first, and of all calls', async (context) => {
  const { worker, delivery } = await stage(context, { status: 500 })
  const firstFailure = full('upstream_rejected').toData()
  const journey = { attempts: [{ ...target, outcome: '429' }], calls: 1, firstFailure }
  const last = { ...delivery({ hop: 2, journey }), target: targets[2] }
  await processJob(worker, last)
  const failure = only(last.reply, 'fail')
  assert.deepEqual(failure.error, firstFailure)
  assert.deepEqual(
    failure.attempts.map(({ provider, outcome }) => `${provider}=${outcome}`),
    ['openai=429', 'mistral=500'],
  )
})

test('a retry takes no call that a later target needs', async (context) => {
  const { worker, upstream, delivery } = await stage(context, { status: 503, maxRetries: 5 })
  // Four calls: two here, one for each of the others.
  await processJob(worker, delivery({ maxUpstreamCalls: 4 }))
  assert.equal(upstream.seen.length, 2)
  const alone = delivery({ maxUpstreamCalls: 4, plan: plan.slice(0, 1) })
  await processJob(worker, alone)
  assert.equal(upstream.seen.length, 2 + 4)
  assert.equal(only(alone.reply, 'head').attempts.length, 4)
})

test('all calls used up: no hop', async (context) => {
  const { worker, delivery } = await stage(context, { status: 503 })
  const job = delivery({ maxUpstreamCalls: 1 })
  await processJob(worker, job)
  assert.deepEqual(job.hops, [])
  assert.equal(only(job.reply, 'head').status, 503)
})

test('a target behind an open breaker, or whose key cools, is passed over without a call', async (context) => {
  const { worker, delivery } = await stage(context, { status: 503 })
  await worker.store.facts.set('groq', 'breaker:key-1', { state: 'open' }, 60_000)
  const cooling = { reason: '429', strikes: 1, retryAfter: true } as const
  const job = delivery()
  await processJob(worker, job)
  assert.equal(job.hops[0]?.hop, 2)
  assert.deepEqual(
    job.hops[0]?.journey.attempts.map(({ provider, outcome }) => `${provider}=${outcome}`),
    ['openai=503', 'groq=circuit_open'],
  )
  await worker.store.facts.set('mistral', 'cooldown:key-1', cooling, 60_000)
  const nowhere = delivery()
  await processJob(worker, nowhere)
  assert.deepEqual(nowhere.hops, [])
  assert.equal(only(nowhere.reply, 'head').status, 503)
})

test('the first target opened or cooled in the meantime: on at once, without a call', async (context) => {
  const { worker, upstream, delivery } = await stage(context, { status: 200 })
  await worker.store.facts.set('openai', 'breaker:key-1', { state: 'open' }, 60_000)
  const job = delivery()
  await processJob(worker, job)
  assert.equal(job.hops[0]?.hop, 1)
  assert.deepEqual(job.hops[0]?.journey.attempts, [{ ...target, outcome: 'circuit_open' }])
  assert.equal(job.hops[0]?.journey.calls, 0)
  assert.equal(upstream.seen.length, 0)
})

test('a store that is away ends the request with that', async (context) => {
  const { worker, delivery } = await stage(context, { status: 503 })
  const job = delivery()
  job.refuseHops(new GatewayError({ kind: 'unavailable', code: 'store_unavailable', message: 'Away.' }))
  await processJob(worker, job)
  assert.equal(only(job.reply, 'fail').error.code, 'store_unavailable')
})

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

const uploading = {
  operation: 'transcriptions',
  wire: 'openai-transcriptions',
  passthrough: { method: 'POST', rest: '', query: '', contentType: 'multipart/form-data; boundary=b' },
} as const

test('an upload is sent once, whatever became of it', async (context) => {
  const { worker, upstream, delivery } = await stage(context, { status: 503, maxRetries: 5 })
  const { header } = delivery()
  const job = fakeDelivery({
    target,
    body: '',
    upload: bytes('--b--\r\n'),
    header: { ...header, ...uploading } as Partial<JobHeader>,
  })
  await processJob(worker, job)
  assert.equal(upstream.seen.length, 1)
  assert.deepEqual(job.hops, [])
})

test('an upload cannot be put off: behind a key that cools it holds its place', async (context) => {
  const { worker, upstream, delivery } = await stage(context, { status: 200 })
  const cooling = { reason: '429', strikes: 1, retryAfter: true } as const
  await worker.store.facts.set('openai', 'cooldown:key-1', cooling, 300)
  const { header } = delivery()
  const job = fakeDelivery({
    target,
    body: '',
    upload: bytes('--b--\r\n'),
    header: { ...header, ...uploading, plan: plan.slice(0, 1) } as Partial<JobHeader>,
  })
  assert.deepEqual(await processJob(worker, job), { type: 'done' })
  assert.equal(upstream.seen.length, 1)
  assert.equal(only(job.reply, 'head').status, 200)
})

test('whoever leaves while its request waits for a key is not waited for', async (context) => {
  const { worker, upstream, delivery } = await stage(context, { status: 200 })
  const cooling = { reason: '429', strikes: 1, retryAfter: true } as const
  await worker.store.facts.set('openai', 'cooldown:key-1', cooling, 5_000)
  const { header } = delivery()
  const job = fakeDelivery({
    target,
    body: '',
    upload: bytes('--b--\r\n'),
    header: { ...header, ...uploading, plan: plan.slice(0, 1) } as Partial<JobHeader>,
  })
  const running = processJob(worker, job)
  job.abort(new GatewayError({ kind: 'cancelled', code: 'client_gone', message: 'The caller left.' }))
  await running
  assert.equal(only(job.reply, 'fail').error.code, 'client_gone')
  assert.notEqual(worker.store.facts.get('openai', 'cooldown:key-1'), undefined)
  assert.equal(upstream.seen.length, 0)
})
