import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pagePath, planFor, type RequestCost, readInputs, withPlan } from './scaling-plan.ts'

test('docs/scaling.md says what was measured', () => {
  const page = readFileSync(pagePath, 'utf8')
  // Columns are aligned by the formatter.
  const plain = (text: string) => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---')
  assert.equal(plain(page), plain(withPlan(page, readInputs())), 'run "node bench/scaling-plan.ts"')
})

test('the plan is the arithmetic that the page explains', () => {
  const chat: RequestCost = {
    redisMicros: 60,
    apiMicros: 120,
    workerMicros: 180,
    redisBytesIn: 6_000,
    redisBytesOut: 4_000,
  }
  const inputs = { date: '', loadAverage: 0, chat, stream: chat, waitingBytes: 2_000 }
  // 10,000 × 60 µs = 0.6 cores: one at 60 %.
  assert.deepEqual(planFor(inputs, 10_000, 0.5), {
    perSecond: 10_000,
    redis: 1,
    api: 2,
    workers: 3,
    megabitsPerRedis: 800,
    connectionsPerRedis: 2 * 2 + 3 * 4,
    waitingMegabytes: 40,
  })
})
