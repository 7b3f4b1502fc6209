import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import CircuitBreaker from 'opossum'
import { isJsonObject } from '#contract'
import { createLogger } from '#observability'
import { createMemoryStore, type Store } from '#store'
import { createRedisStore } from '#store/redis'
import { sharedRedisUrl, until } from '#testing'
import {
  type BreakerChange,
  type BreakerSettings,
  type Breakers,
  type CallOutcome,
  createBreakers,
  readBreaker,
} from './index.ts'

const settings: BreakerSettings = {
  enabled: true,
  errorThresholdPercentage: 50,
  volumeThreshold: 20,
  windowMs: 60_000,
  openMs: 5_000,
}

type Setup = { readonly breakers: Breakers; readonly heard: string[] }

function breakersOf(t: TestContext, store: Store, changed: Partial<BreakerSettings> = {}): Setup {
  const heard: string[] = []
  const say =
    (what: string) =>
    ({ provider, key, here }: BreakerChange) => {
      heard.push(`${what} ${provider}/${key}${here ? ' here' : ''}`)
    }
  const observer = { opened: say('opened'), closed: say('closed') }
  const breakers = createBreakers({ store, settings: { ...settings, ...changed }, observer })
  t.after(() => breakers.close())
  return { breakers, heard }
}

async function memory(now: { ms: number }): Promise<Store> {
  const store = createMemoryStore({ nowMs: () => now.ms })
  await store.facts.follow(['openai'])
  return store
}

function call({ breakers }: Setup, outcome: CallOutcome, key = 'k'): string {
  const admission = breakers.admit('openai', key)
  if (admission.type !== 'open') breakers.record({ provider: 'openai', key, admission, outcome })
  return admission.type
}

const calls = (setup: Setup, outcome: CallOutcome, times: number) =>
  Array.from({ length: times }, () => call(setup, outcome))

test('it opens at the call that makes the volume full, and not before', async (t) => {
  const now = { ms: 1_000 }
  const store = await memory(now)
  const setup = breakersOf(t, store)
  assert.deepEqual(new Set(calls(setup, 'failure', 19)), new Set(['go']))
  assert.equal(readBreaker(store.facts, 'openai', 'k').type, 'closed')
  call(setup, 'failure')
  assert.deepEqual(readBreaker(store.facts, 'openai', 'k'), { type: 'open', untilMs: 6_000 })
  assert.deepEqual(setup.breakers.admit('openai', 'k'), { type: 'open', retryAfterMs: 5_000 })
  assert.deepEqual(setup.heard, ['opened openai/k here'])
  assert.equal(call(setup, 'failure', 'other'), 'go')
})

for (const { name, outcomes, isOpen } of [
  { name: 'half failures are not more than half', outcomes: { success: 20, failure: 20 }, isOpen: false },
  { name: 'more than half are', outcomes: { success: 20, failure: 21 }, isOpen: true },
  { name: 'neutral ones are no calls', outcomes: { neutral: 500, failure: 19 }, isOpen: false },
  { name: 'neutral ones do not water down', outcomes: { neutral: 500, failure: 20 }, isOpen: true },
]) {
  test(name, async (t) => {
    const store = await memory({ ms: 1 })
    const setup = breakersOf(t, store)
    for (const [outcome, times] of Object.entries(outcomes)) calls(setup, outcome as CallOutcome, times)
    assert.equal(readBreaker(store.facts, 'openai', 'k').type, isOpen ? 'open' : 'closed')
  })
}

test('calls in flight do not water down the rate, as they do when opossum counts them at their start', async (t) => {
  const store = await memory({ ms: 1 })
  const setup = breakersOf(t, store)
  const plain = new CircuitBreaker((work: Promise<void>) => work, {
    timeout: false,
    errorThresholdPercentage: 50,
    volumeThreshold: 20,
    rollingCountTimeout: 60_000,
  })
  t.after(() => plain.shutdown())
  const inFlight = Array.from({ length: 200 }, () => {
    const { promise, reject } = Promise.withResolvers<void>()
    const ended = plain.fire(promise).catch(() => {})
    return { admission: setup.breakers.admit('openai', 'k'), fail: () => reject(new Error('503')), ended }
  })
  for (const { admission, fail, ended } of inFlight.slice(0, 20)) {
    fail()
    await ended
    setup.breakers.record({ provider: 'openai', key: 'k', admission, outcome: 'failure' })
  }
  assert.equal(plain.opened, false)
  assert.equal(readBreaker(store.facts, 'openai', 'k').type, 'open')
})

test('after its time one probe goes; its success closes for everybody, who then count anew', async (t) => {
  const now = { ms: 1_000 }
  const store = await memory(now)
  const [a, b] = [breakersOf(t, store), breakersOf(t, store)]
  calls(a, 'failure', 20)
  now.ms += 5_000
  const probe = a.breakers.admit('openai', 'k')
  assert.deepEqual([probe, b.breakers.admit('openai', 'k').type], [{ type: 'probe' }, 'open'])
  assert.equal(a.breakers.admit('openai', 'k').type, 'open')
  a.breakers.record({ provider: 'openai', key: 'k', admission: probe, outcome: 'success' })
  assert.deepEqual([call(a, 'failure'), call(b, 'failure')], ['go', 'go'])
  assert.deepEqual(a.heard, ['opened openai/k here', 'closed openai/k here'])
  assert.deepEqual(b.heard, ['opened openai/k', 'closed openai/k'])
  calls(a, 'failure', 17)
  assert.equal(call(b, 'success'), 'go')
  assert.equal(call(a, 'failure'), 'go')
  assert.equal(call(a, 'failure'), 'open')
})

for (const [outcome, after] of [
  ['failure', 'open'],
  ['neutral', 'probe'],
] as const) {
  test(`a probe that ends as ${outcome}: the next call finds ${after}`, async (t) => {
    const now = { ms: 1_000 }
    const store = await memory(now)
    const [a, b] = [breakersOf(t, store), breakersOf(t, store)]
    calls(a, 'failure', 20)
    now.ms += 5_000
    assert.equal(call(b, outcome), 'probe')
    assert.equal(a.breakers.admit('openai', 'k').type, after)
  })
}

test('what went before it opened says nothing about it afterwards', async (t) => {
  const now = { ms: 1_000 }
  const store = await memory(now)
  const setup = breakersOf(t, store)
  const early = setup.breakers.admit('openai', 'k')
  calls(setup, 'failure', 20)
  for (const outcome of ['success', 'failure'] as const) {
    setup.breakers.record({ provider: 'openai', key: 'k', admission: early, outcome })
  }
  assert.equal(readBreaker(store.facts, 'openai', 'k').type, 'open')
  now.ms += 5_000
  setup.breakers.record({ provider: 'openai', key: 'k', admission: early, outcome: 'success' })
  assert.equal(readBreaker(store.facts, 'openai', 'k').type, 'half-open')
})

test('a probe that lasts keeps the others out; one that is given up lets them in', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  const now = { ms: 1_000 }
  const store = await memory(now)
  const [a, b] = [breakersOf(t, store), breakersOf(t, store)]
  calls(a, 'failure', 20)
  now.ms += 5_000
  assert.equal(a.breakers.admit('openai', 'k').type, 'probe')
  for (let step = 0; step < 10; step++) {
    now.ms += 2_500
    t.mock.timers.tick(2_500)
    assert.equal(b.breakers.admit('openai', 'k').type, 'open')
  }
  a.breakers.close()
  assert.equal(b.breakers.admit('openai', 'k').type, 'probe')
})

test('outcomes leave the window', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] })
  const now = { ms: 1_000 }
  const store = await memory(now)
  const setup = breakersOf(t, store, { windowMs: 1_000 })
  calls(setup, 'failure', 19)
  for (let step = 0; step < 11; step++) t.mock.timers.tick(100)
  calls(setup, 'failure', 19)
  assert.equal(readBreaker(store.facts, 'openai', 'k').type, 'closed')
  call(setup, 'failure')
  assert.equal(readBreaker(store.facts, 'openai', 'k').type, 'open')
})

test('switched off it lets everything go', async (t) => {
  const store = await memory({ ms: 1 })
  const setup = breakersOf(t, store, { enabled: false })
  assert.deepEqual(new Set(calls(setup, 'failure', 100)), new Set(['go']))
})

test('redis: two processes open together after as many finished calls as one would', async (t) => {
  const url = await sharedRedisUrl()
  const keyPrefix = `test-${Math.random().toString(36).slice(2)}`
  const start = async () => {
    const store = createRedisStore({ url, keyPrefix, logger: createLogger({ level: 'silent' }) })
    t.after(() => store.close())
    await until(() => store.ready())
    const setup = breakersOf(t, store)
    await store.facts.follow(['openai'])
    return { ...setup, store }
  }
  const [a, b] = [await start(), await start()]
  // Both must be heard before it counts: a subscription of its own, not only the first reading.
  await a.store.facts.set('openai', 'hello-a', 1, 60_000)
  await b.store.facts.set('openai', 'hello-b', 1, 60_000)
  await until(() => a.store.facts.get('openai', 'hello-b') && b.store.facts.get('openai', 'hello-a'))
  let finished = 0
  while (call(finished % 2 === 0 ? a : b, 'failure') !== 'open') {
    finished += 1
    const isHeard = ({ store }: { readonly store: Store }) =>
      readBreaker(store.facts, 'openai', 'k').type === 'open' || failuresIn(store) === finished
    await until(() => isHeard(a) && isHeard(b), { intervalMs: 1 })
  }
  assert.equal(finished, 20)
  await until(() => [a, b].every(({ store }) => readBreaker(store.facts, 'openai', 'k').type === 'open'))
  assert.equal(a.heard.length + b.heard.length, 2)
  assert.deepEqual([...a.heard, ...b.heard].filter((line) => line.endsWith('here')).length, 1)
})

/** As all processes have told them. */
function failuresIn({ facts }: Store): number {
  const values = [...facts.all('openai').values()].map(({ value }) => value)
  return values.reduce<number>(
    (sum, value) => sum + (isJsonObject(value) && typeof value.failures === 'number' ? value.failures : 0),
    0,
  )
}
