import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { GatewayError } from '#contract'
import { processJob } from './process-job.ts'
import { type FakeDelivery, fakeDelivery } from './testing/fake-delivery.ts'
import { body, completion, delta, only, streamBody, streaming, target } from './testing/openai-fixtures.ts'
import { answerJson, type SeenRequest, startStream, startUpstream } from './testing/upstream.ts'
import { keyConfig, providerConfig, type TestWorker, workerContext } from './testing/worker-context.ts'

/** Keys and retries of one target; going on to the next one is in `hop.test.ts`. */

const refusal = (message: string) => ({ error: { message, type: 'server_error', code: null } })

/** Answers one call after another as listed, the last one again and again. */
type Answer = { readonly status: number; readonly retryAfter?: string } | ((response: ServerResponse) => void)

async function stage(
  context: TestContext,
  options: {
    readonly answers: readonly Answer[]
    readonly keys?: readonly string[]
    readonly network?: Parameters<typeof providerConfig>[1] extends infer O
      ? O extends { network?: infer N }
        ? N
        : never
      : never
    readonly random?: number
  },
): Promise<{
  readonly worker: TestWorker
  readonly seen: readonly SeenRequest[]
  keys(): readonly string[]
}> {
  const { answers, keys = ['a'], network, random = 0 } = options
  let call = 0
  const upstream = await startUpstream(context, (response) => {
    const answer = answers[Math.min(call, answers.length - 1)] ?? { status: 500 }
    call += 1
    if (typeof answer === 'function') return answer(response)
    const { status, retryAfter } = answer
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
    answerJson(response, status === 200 ? completion : refusal(`said ${status}`), { status, headers })
  })
  const provider = providerConfig('openai', {
    keys: keys.map((name) => keyConfig(name)),
    network: { baseUrl: upstream.url, ...network },
  })
  const worker = workerContext(context, [provider], random)
  await worker.store.facts.follow(['openai'])
  const keyOf = ({ headers }: SeenRequest) =>
    String(headers['authorization']).replace('Bearer sk-canary-', '')
  return { worker, seen: upstream.seen, keys: () => upstream.seen.map(keyOf) }
}

const outcomes = (delivery: FakeDelivery): readonly string[] =>
  delivery.reply.frames
    .flatMap((frame) => (frame.type === 'head' || frame.type === 'fail' ? frame.attempts : []))
    .map(({ outcome }) => outcome)

test('503: once more with the other key, and both calls are told', async (context) => {
  const { worker, keys } = await stage(context, {
    answers: [{ status: 503 }, { status: 200 }],
    keys: ['a', 'b'],
    network: { maxRetries: 1 },
  })
  const delivery = fakeDelivery({ target, body })
  assert.deepEqual(await processJob(worker, delivery), { type: 'done' })
  assert.equal(delivery.reply.text(), completion)
  assert.deepEqual(keys(), ['a', 'b'])
  assert.deepEqual(outcomes(delivery), ['503', '200'])
})

test('max_retries bounds the calls; the last answer is the caller’s in its own bytes', async (context) => {
  const { worker, seen } = await stage(context, {
    answers: [{ status: 500 }, { status: 502 }, { status: 503 }],
    network: { maxRetries: 2 },
  })
  const delivery = fakeDelivery({ target, body })
  await processJob(worker, delivery)
  assert.equal(seen.length, 3)
  assert.equal(only(delivery.reply, 'head').status, 503)
  assert.equal(JSON.parse(delivery.reply.text()).error.message, 'said 503')
  assert.deepEqual(outcomes(delivery), ['500', '502', '503'])
})

test('a wait above 250 ms gives the slot back, and the job goes on where it stood', async (context) => {
  const { worker, keys } = await stage(context, {
    answers: [{ status: 503 }, { status: 503 }, { status: 200 }],
    keys: ['a', 'b', 'c'],
    network: { maxRetries: 2, retryBackoffInitialMs: 1_000, retryBackoffMaxMs: 5_000 },
    random: 0.5,
  })
  const first = fakeDelivery({ target, body })
  const delayed = await processJob(worker, first)
  assert.equal(delayed.type, 'delayed')
  if (delayed.type !== 'delayed') return
  // random(0, 1000·2^0), then random(0, 1000·2^1).
  assert.equal(delayed.delayMs, 500)
  assert.deepEqual(first.reply.frames, [])
  const second = await processJob(worker, {
    ...fakeDelivery({ target, body }),
    retryState: JSON.parse(JSON.stringify(delayed.retryState)),
  })
  assert.equal(second.type, 'delayed')
  if (second.type !== 'delayed') return
  assert.equal(second.delayMs, 1_000)
  const third = fakeDelivery({ target, body })
  await processJob(worker, { ...third, retryState: second.retryState })
  assert.equal(third.reply.text(), completion)
  assert.deepEqual(outcomes(third), ['503', '503', '200'])
  // Of the keys not used before, the lots of 0.5 say which.
  assert.deepEqual(new Set(keys()), new Set(['a', 'b', 'c']))
})

test('calls before a delay count: max_retries is no bound of each delivery', async (context) => {
  const { worker, seen } = await stage(context, {
    answers: [{ status: 503 }],
    network: { maxRetries: 1, retryBackoffInitialMs: 1_000, retryBackoffMaxMs: 1_000 },
    random: 0.5,
  })
  const outcome = await processJob(worker, fakeDelivery({ target, body }))
  assert.equal(outcome.type, 'delayed')
  if (outcome.type !== 'delayed') return
  const again = fakeDelivery({ target, body })
  assert.equal((await processJob(worker, { ...again, retryState: outcome.retryState })).type, 'done')
  assert.equal(seen.length, 2)
  assert.equal(only(again.reply, 'head').status, 503)
  assert.deepEqual(outcomes(again), ['503', '503'])
})

test('Retry-After is the least wait, whatever the backoff says', async (context) => {
  for (const [status, keys] of [
    [503, ['a', 'b']],
    [429, ['a']],
  ] as const) {
    const { worker } = await stage(context, {
      answers: [{ status, retryAfter: '2' }],
      keys,
      network: { maxRetries: 1, retryBackoffInitialMs: 1, retryBackoffMaxMs: 1 },
    })
    const outcome = await processJob(worker, fakeDelivery({ target, body }))
    assert.equal(outcome.type, 'delayed', String(status))
    if (outcome.type === 'delayed') assert.equal(outcome.delayMs, 2_000)
  }
})

test('a Retry-After beyond the deadline or the maximum wait is the caller’s to hear', async (context) => {
  for (const [retryAfter, remainingMs] of [
    ['10', 5_000],
    ['60', 600_000],
  ] as const) {
    const { worker, seen } = await stage(context, {
      answers: [{ status: 503, retryAfter }],
      network: { maxRetries: 3 },
    })
    const delivery = fakeDelivery({ target, body, remainingMs })
    assert.equal((await processJob(worker, delivery)).type, 'done')
    assert.equal(only(delivery.reply, 'head').headers['retry-after'], retryAfter)
    assert.equal(seen.length, 1)
  }
})

test('401 of one key moves to the other at once and stays there; the budget is not the point', async (context) => {
  const { worker, keys } = await stage(context, {
    answers: [{ status: 401 }, { status: 200 }],
    keys: ['a', 'b'],
    network: { maxRetries: 1 },
  })
  const rotated = fakeDelivery({ target, body })
  await processJob(worker, rotated)
  assert.equal(rotated.reply.text(), completion)
  assert.equal(worker.traffic.cooldowns.read('openai', 'a')?.reason, '401')
  await processJob(worker, fakeDelivery({ target, body }))
  assert.deepEqual(keys(), ['a', 'b', 'b'])
})

for (const status of [401, 402, 403, 429]) {
  test(`${status} of the only key is answered in the provider's bytes and cools nothing`, async (context) => {
    const { worker, seen } = await stage(context, { answers: [{ status }], network: { maxRetries: 0 } })
    for (const round of [1, 2]) {
      const delivery = fakeDelivery({ target, body })
      await processJob(worker, delivery)
      assert.equal(only(delivery.reply, 'head').status, status)
      assert.equal(JSON.parse(delivery.reply.text()).error.message, `said ${status}`)
      // Each request goes up, and none twice.
      assert.equal(seen.length, round)
    }
    assert.equal(worker.traffic.cooldowns.until('openai', 'a'), undefined)
  })
}

test('429 with Retry-After silences that key for all, while the other goes on', async (context) => {
  const { worker, keys } = await stage(context, {
    answers: [{ status: 429, retryAfter: '30' }, { status: 200 }],
    keys: ['a', 'b'],
    network: { maxRetries: 1 },
  })
  for (let request = 0; request < 4; request++) await processJob(worker, fakeDelivery({ target, body }))
  assert.deepEqual(keys(), ['a', 'b', 'b', 'b', 'b'])
  assert.equal(worker.traffic.cooldowns.read('openai', 'a')?.retryAfter, true)
})

test('behind the Retry-After of the only key: waits without a call, or hears the rest of it', async (context) => {
  const { worker, seen } = await stage(context, { answers: [{ status: 429, retryAfter: '10' }] })
  await processJob(worker, fakeDelivery({ target, body }))
  const waiting = fakeDelivery({ target, body })
  const outcome = await processJob(worker, waiting)
  assert.equal(outcome.type, 'delayed')
  const impatient = fakeDelivery({ target, body, remainingMs: 3_000 })
  await processJob(worker, impatient)
  const failure = only(impatient.reply, 'fail')
  assert.equal(failure.error.code, 'key_cooldown')
  assert.equal(GatewayError.fromData(failure.error).status, 429)
  assert.ok((failure.error.retryAfterMs ?? 0) > 3_000)
  assert.equal(seen.length, 1)
})

test('a provider that keeps failing is left alone: 503 circuit_open with Retry-After', async (context) => {
  const { worker, seen } = await stage(context, { answers: [{ status: 500 }] })
  for (let call = 0; call < 20; call++) await processJob(worker, fakeDelivery({ target, body }))
  assert.equal(seen.length, 20)
  const refused = fakeDelivery({ target, body })
  await processJob(worker, refused)
  const { error } = only(refused.reply, 'fail')
  assert.equal(error.code, 'circuit_open')
  assert.equal(GatewayError.fromData(error).status, 503)
  assert.ok((error.retryAfterMs ?? 0) > 0)
  assert.equal(seen.length, 20)
})

test('no head in time: once more with the time that is left', async (context) => {
  const { worker, seen } = await stage(context, {
    answers: [() => {}, { status: 200 }],
    network: { maxRetries: 1, firstByteTimeoutMs: 50 },
  })
  const delivery = fakeDelivery({ target, body })
  await processJob(worker, delivery)
  assert.equal(delivery.reply.text(), completion)
  assert.deepEqual(outcomes(delivery), ['first_byte_timeout', '200'])
  assert.equal(seen.length, 2)
})

test('the caller’s first-byte timeout goes before the provider’s', async (context) => {
  const { worker } = await stage(context, { answers: [() => {}], network: { firstByteTimeoutMs: 60_000 } })
  const delivery = fakeDelivery({ target, body, header: { callTimeouts: { firstByteMs: 30 } } })
  await processJob(worker, delivery)
  assert.equal(only(delivery.reply, 'fail').error.code, 'first_byte_timeout')
})

test('an exhausted budget turns retries into answers', async (context) => {
  const { worker, seen } = await stage(context, { answers: [{ status: 503 }], network: { maxRetries: 5 } })
  // Ten in ten seconds are always allowed, whatever the calls.
  for (let taken = 0; taken < 10; taken++) assert.ok(await worker.traffic.budget.take('openai'))
  const delivery = fakeDelivery({ target, body })
  await processJob(worker, delivery)
  assert.equal(only(delivery.reply, 'head').status, 503)
  assert.equal(seen.length, 1)
})

test('400 is told as it is, with all the retries in the world', async (context) => {
  const { worker, seen } = await stage(context, { answers: [{ status: 400 }], network: { maxRetries: 5 } })
  const delivery = fakeDelivery({ target, body })
  await processJob(worker, delivery)
  assert.equal(only(delivery.reply, 'head').status, 400)
  assert.equal(seen.length, 1)
})

test('a stream that breaks after its first byte ends with an error; nobody is asked again', async (context) => {
  const { worker, seen } = await stage(context, {
    answers: [(response) => startStream(response).write(delta('x'), () => response.destroy())],
    keys: ['a', 'b'],
    network: { maxRetries: 5 },
  })
  const plan = [
    { ...target, native: true },
    { provider: 'openai', model: 'gpt-4o', native: true },
  ]
  const delivery = fakeDelivery({ target, body: streamBody, header: { ...streaming, plan } })
  await processJob(worker, delivery)
  assert.equal(delivery.reply.text(), delta('x'))
  assert.equal(only(delivery.reply, 'fail').error.kind, 'upstream-failed')
  assert.deepEqual(delivery.hops, [])
  assert.equal(seen.length, 1)
})

test('a request that is bound to a key stays with it', async (context) => {
  const { worker, keys } = await stage(context, {
    answers: [{ status: 503 }, { status: 401 }],
    keys: ['a', 'b', 'c'],
    network: { maxRetries: 5 },
  })
  const plan = [
    { ...target, native: true },
    { provider: 'openai', model: 'gpt-4o', native: true },
  ]
  const delivery = fakeDelivery({ target, body, header: { key: 'b', plan } })
  await processJob(worker, delivery)
  assert.deepEqual(keys(), ['b', 'b'])
  assert.equal(only(delivery.reply, 'head').status, 401)
  assert.deepEqual(delivery.hops, [])
  assert.equal(worker.traffic.cooldowns.until('openai', 'b'), undefined)
})

test('sessions find the same key again, whatever the lots say', async (context) => {
  const { worker, keys } = await stage(context, { answers: [{ status: 200 }], keys: ['a', 'b', 'c', 'd'] })
  for (const random of [0, 0.3, 0.6, 0.99]) {
    const header = { session: 'digest-of-a-session' }
    await processJob({ ...worker, random: () => random }, fakeDelivery({ target, body, header }))
  }
  assert.equal(new Set(keys()).size, 1)
})

for (const [who, network, given, counts] of [
  ['the caller’s short request timeout', { requestTimeoutMs: 60_000 }, { remainingMs: 10 }, false],
  ['the caller’s first-byte timeout', {}, { header: { callTimeouts: { firstByteMs: 10 } } }, false],
  ['the provider’s request timeout', { requestTimeoutMs: 10 }, { remainingMs: 10 }, true],
  ['the provider’s first-byte timeout', { firstByteTimeoutMs: 10 }, {}, true],
] as const) {
  test(`${who} ${counts ? 'tells' : 'says nothing'} of the provider’s health`, async (context) => {
    const { worker } = await stage(context, { answers: [() => {}], network })
    const ask = async () => {
      const delivery = fakeDelivery({ target, body, ...given })
      await processJob(worker, delivery)
      return only(delivery.reply, 'fail').error.code
    }
    await Promise.all(Array.from({ length: 20 }, ask))
    const code = await ask()
    assert.equal(code === 'circuit_open', counts, code)
  })
}
