import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryStore } from '#store'
import { createOutcomeExchange } from './outcome-exchange.ts'

const windowMs = 10_000

test('what a process has said is forgotten when it has ended, however many come and go', async () => {
  let now = 0
  const { facts } = createMemoryStore({ nowMs: () => now })
  await facts.follow(['openai'])
  const exchange = createOutcomeExchange({ facts, id: '00', windowMs, nowMs: () => now })
  facts.watch((change) => void exchange.hear(change))
  for (let process = 1; process <= 1_000; process += 1) {
    const said = { epoch: 1, successes: 3, failures: 0 }
    await facts.set('openai', `outcomes:${process.toString(16)}:main`, said, windowMs)
    now += windowMs
  }
  assert.ok(exchange.remembered <= 64, `${exchange.remembered} remembered`)
})

test('what still counts is not forgotten', async () => {
  const { facts } = createMemoryStore({ nowMs: () => 0 })
  await facts.follow(['openai'])
  const exchange = createOutcomeExchange({ facts, id: '00', windowMs, nowMs: () => 0 })
  const tallies: number[] = []
  facts.watch((change) => tallies.push(exchange.hear(change)?.tally.successes ?? 0))
  for (const successes of [3, 5]) {
    for (let process = 1; process <= 100; process += 1) {
      const said = { epoch: 1, successes, failures: 0 }
      await facts.set('openai', `outcomes:${process.toString(16)}:main`, said, windowMs)
    }
  }
  assert.deepEqual(tallies, [...Array(100).fill(3), ...Array(100).fill(2)])
})
