import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Sample } from '../measure.ts'
import { compared, cpuOf, figure, perSecondOf, type Results, ratio } from './figures.ts'
import { goalsOf, verdictOf } from './goals.ts'
import { goalsTable, scenarioTables } from './tables.ts'

const latency = { p50: 1, p90: 2, p99: 3 }

function sample(contestant: string, round: number, perSecond: number): Sample {
  return {
    scenario: 'chat',
    contestant,
    round,
    requests: perSecond,
    perSecond,
    errors: contestant === 'portkey' ? { 'status 500': 2 } : {},
    latency,
    cpu: { api: 40, worker: 50 },
    rss: { api: 100, worker: 120 },
    harness: { upstream: 18, load: 20 },
  }
}

/** The machine halves its speed in the second round; the ratio stays. */
const results: Results = {
  samples: [
    sample('standalone-memory', 1, 8_000),
    sample('portkey', 1, 1_000),
    sample('standalone-memory', 2, 4_000),
    sample('portkey', 2, 500),
  ],
  starts: [{ contestant: 'split', round: 1, readyMs: 700 }],
}

describe('figures', () => {
  it('are medians with their extremes', () => {
    assert.deepEqual(figure([3, undefined, 1, 2]), { median: 2, least: 1, most: 3 })
    assert.equal(figure([undefined, Number.NaN]), undefined)
  })

  it('are compared round by round', () => {
    const pair = { scenario: 'chat', contestant: 'standalone-memory', against: 'portkey' } as const
    assert.deepEqual(compared(results, pair, { pick: perSecondOf, by: ratio }), {
      median: 8,
      least: 8,
      most: 8,
    })
  })

  it('add up the processes', () => {
    assert.equal(cpuOf(sample('split', 1, 1)), 90)
    assert.equal(cpuOf({ ...sample('direct', 1, 1), cpu: {} }), undefined)
  })
})

describe('verdicts', () => {
  const verdicts = new Map(goalsOf(results).map((goal) => [goal.what, verdictOf(goal)]))
  for (const [what, verdict] of [
    ['standalone-memory, native chat, 50 connections: throughput ÷ Portkey', 'met'],
    ['standalone-memory, native chat, 50 connections: throughput ÷ Bifrost', 'not measured'],
    ['standalone-memory, native chat, 50 connections: CPU of all processes', 'short'],
    ['split, from spawning node to 200 on /ready', 'short'],
  ] as const) {
    it(`${verdict}: ${what}`, () => assert.equal(verdicts.get(what), verdict))
  }

  it('stand in the table with goal and measured', () => {
    const row = goalsTable(goalsOf(results))
      .split('\n')
      .find((line) => line.includes('÷ Portkey'))
    assert.match(row ?? '', /≥ 7 × +\| 8 × +\| met/)
  })
})

describe('the table of a load', () => {
  it('names errors and processes', () => {
    const row = scenarioTables(results)
      .split('\n')
      .find((line) => line.includes('Portkey'))
    assert.match(row ?? '', /1,000 \(500–1,000\) +\| 90 +\| api 40 \+ worker 50 .* 4 +\|$/)
  })
})
