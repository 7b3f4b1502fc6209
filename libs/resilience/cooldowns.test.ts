import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryStore } from '#store'
import { createCooldowns, createLatencies } from './index.ts'

async function setup() {
  const now = { ms: 1_000_000 }
  const store = createMemoryStore({ nowMs: () => now.ms })
  await store.facts.follow(['openai'])
  let changes = 0
  store.facts.watch(() => {
    changes += 1
  })
  const shared = { now, store, changes: () => changes }
  return { ...shared, cooldowns: createCooldowns(store), others: createCooldowns(store) }
}

test('a cooldown holds for everybody until its end; its strikes outlive it', async () => {
  const { now, cooldowns, others } = await setup()
  assert.equal(cooldowns.until('openai', 'k'), undefined)
  assert.equal(cooldowns.strikes('openai', 'k'), 0)
  cooldowns.cool('openai', 'k', { reason: '429', forMs: 2_000, strikes: 1, retryAfter: true })
  assert.deepEqual(others.read('openai', 'k'), {
    reason: '429',
    strikes: 1,
    retryAfter: true,
    untilMs: 1_002_000,
  })
  assert.equal(others.until('openai', ''), undefined)
  now.ms += 2_000
  assert.equal(others.until('openai', 'k'), undefined)
  assert.equal(others.strikes('openai', 'k'), 1)
})

test('a shorter one does not replace a longer one, nor one that says the same', async () => {
  const { now, cooldowns, others, changes } = await setup()
  cooldowns.cool('openai', 'k', { reason: '429', forMs: 2_000, strikes: 1, retryAfter: true })
  const written = changes()
  now.ms += 40
  others.cool('openai', 'k', { reason: '429', forMs: 2_000, strikes: 2, retryAfter: true })
  others.cool('openai', 'k', { reason: '429', forMs: 10, strikes: 2, retryAfter: false })
  assert.equal(changes(), written)
  others.cool('openai', 'k', { reason: '401', forMs: 60_000, strikes: 2, retryAfter: false })
  assert.equal(cooldowns.read('openai', 'k')?.reason, '401')
  assert.equal(cooldowns.strikes('openai', 'k'), 2)
})

test('a success clears it, unless its call began before the refusal', async () => {
  const { now, cooldowns, changes } = await setup()
  cooldowns.clear('openai', 'k', now.ms)
  assert.equal(changes(), 0)
  const startedMs = now.ms
  now.ms += 10
  cooldowns.cool('openai', 'k', { reason: '429', forMs: 2_000, strikes: 3, retryAfter: true })
  cooldowns.clear('openai', 'k', startedMs)
  assert.equal(cooldowns.until('openai', 'k'), 1_002_010)
  assert.equal(cooldowns.strikes('openai', 'k'), 3)
  now.ms += 10
  cooldowns.clear('openai', 'k', now.ms)
  assert.equal(cooldowns.until('openai', 'k'), undefined)
  assert.equal(cooldowns.strikes('openai', 'k'), 0)
})

test('a pace is written below a tenth, four times a second at most, and goes when there is plenty', async () => {
  const { now, cooldowns, changes } = await setup()
  const untilMs = now.ms + 60_000
  cooldowns.pace('openai', 'k', { remaining: 0.5, untilMs })
  assert.equal(changes(), 0)
  cooldowns.pace('openai', 'k', { remaining: 0.09, untilMs })
  now.ms += 249
  cooldowns.pace('openai', 'k', { remaining: 0.05, untilMs })
  assert.equal(cooldowns.paceOf('openai', 'k'), 0.09)
  now.ms += 1
  cooldowns.pace('openai', 'k', { remaining: 0.05, untilMs })
  assert.equal(cooldowns.paceOf('openai', 'k'), 0.05)
  cooldowns.pace('openai', 'k', { remaining: 0.1, untilMs })
  assert.equal(cooldowns.paceOf('openai', 'k'), undefined)
  now.ms = untilMs
  cooldowns.pace('openai', 'k', { remaining: 0.01, untilMs })
  assert.equal(cooldowns.paceOf('openai', 'k'), undefined)
})

test('latencies: the median of the last calls, told once a second, forgotten after a minute', async () => {
  const { now, store, changes } = await setup()
  const [worker, api] = [createLatencies(store), createLatencies(store)]
  assert.equal(api.p50Ms('openai', 'gpt-4o'), undefined)
  worker.observe('openai', 'gpt-4o', 900)
  assert.equal(api.p50Ms('openai', 'gpt-4o'), 900)
  for (let index = 0; index < 100; index++) worker.observe('openai', 'gpt-4o', 100 + index)
  assert.equal(changes(), 1)
  now.ms += 1_000
  worker.observe('openai', 'gpt-4o', 200)
  // The last 32: 169 to 199, and 200.
  assert.equal(api.p50Ms('openai', 'gpt-4o'), 184)
  now.ms += 60_000
  assert.equal(api.p50Ms('openai', 'gpt-4o'), undefined)
})

test('latencies: models are bounded, and idle ones make room', async () => {
  const { now, store } = await setup()
  const latencies = createLatencies(store)
  for (let index = 0; index < 1_000; index++) latencies.observe('openai', `made-up-${index}`, 1)
  assert.equal(store.facts.all('openai').size, 200)
  latencies.observe('openai', 'late', 1)
  assert.equal(latencies.p50Ms('openai', 'late'), undefined)
  now.ms += 60_001
  latencies.observe('openai', 'late', 1)
  assert.equal(latencies.p50Ms('openai', 'late'), 1)
})
