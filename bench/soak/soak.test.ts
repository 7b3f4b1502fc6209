import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { goalsOf } from './goals.ts'
import { kinds } from './kinds.ts'
import { slopePer100k } from './memory.ts'
import type { Soaked } from './play.ts'
import { isOfCallers, kindOf, type RedisState } from './redis-state.ts'
import type { SoakReport } from './report.ts'

const run = promisify(execFile)
const soak = (...args: string[]) => run(process.execPath, [join(import.meta.dirname, 'run.ts'), ...args])

describe('npm run soak', () => {
  it('gets of every kind what it must give, and leaves nothing of it in Redis', async () => {
    const short = [
      '--warm-up',
      '250',
      '--warm-up-seconds',
      '0',
      '--requests',
      '600',
      '--rate',
      '400',
      '--pause',
      '1',
    ]
    // Figures of memory and sockets say nothing after so few; its exit status tells of them as well.
    const { stdout, stderr } = await soak('--mode', 'standalone-redis', '--settle', '2', ...short).catch(
      (error: { readonly stdout: string; readonly stderr: string }) => error,
    )
    const file = /Written to (.*\.json)/.exec(stdout)?.[1]
    assert.ok(file !== undefined, stderr)
    const report: SoakReport = JSON.parse(readFileSync(join(import.meta.dirname, '../..', file), 'utf8'))
    const [mode] = report.modes
    assert.deepEqual(mode?.wrong.examples, {})
    assert.deepEqual(Object.keys(mode?.tally ?? {}).sort(), kinds.map(({ id }) => id).sort())
    const verdicts = new Map(report.goals.map(({ what, verdict }) => [what, verdict]))
    for (const what of [
      'standalone-redis: outcomes that must not be',
      'standalone-redis: waiting, delayed, active and admitted at the end',
      'standalone-redis: jobs, bodies, places left by answered requests',
      'standalone-redis: keys without an end, but those by design',
      'standalone-redis: channels that were not there before',
    ]) {
      assert.equal(verdicts.get(what), 'met', `${what}\n${stdout}`)
    }
  })

  it('names what it does not know', async () => {
    await assert.rejects(soak('--mode', 'cluster'), /--mode knows standalone-memory.*not "cluster"/)
    await assert.rejects(soak('--requests', 'many'), /--requests wants a number, not "many"/)
  })
})

describe('the slope', () => {
  const points = (...values: readonly number[]) =>
    values.map((value, index) => ({ requests: index * 20_000, value }))

  it('is that of the line, whatever lies about it', () => {
    assert.equal(slopePer100k(points(50, 50, 50)), 0)
    assert.equal(slopePer100k(points(50, 50.4, 50.8, 51.2))?.toFixed(3), '2.000')
    assert.equal(slopePer100k(points(51, 49, 51, 49, 51))?.toFixed(3), '0.000')
  })

  it('is none of one point', () => assert.equal(slopePer100k(points(50)), undefined))
})

describe('keys in Redis', () => {
  for (const [key, kind, ofCallers] of [
    ['bifrost:bull:{openai}:meta', 'bull:{}:meta', false],
    ['bifrost:bull:{openai}:0a1b2c3d-0', 'bull:{}:*', true],
    ['bifrost:{openai}:body:0a1b2c3d-0', '{}:body:*', true],
    ['bifrost:{openai}:tenant:0a1b', '{}:tenant:*', true],
    ['bifrost:{openai}:limits', '{}:limits', false],
    ['bifrost:record:answer:0a1b', 'record:answer:*', true],
    ['bifrost:rate:0a1b', 'rate:*', true],
  ] as const) {
    it(`${key} is ${kind}`, () => {
      assert.equal(kindOf(key), kind)
      const group = { kind: kindOf(key), type: 'string', keys: 1, lasting: 0, longestTtlSeconds: 1 }
      assert.equal(isOfCallers(group), ofCallers)
    })
  }
})

describe('goals', () => {
  const state = (...groups: readonly (readonly [kind: string, lasting: number])[]): RedisState => ({
    keys: groups.length,
    usedMegabytes: 2,
    channels: ['bifrost:facts'],
    groups: groups.map(([kind, lasting]) => ({
      kind,
      type: 'string',
      keys: 1,
      lasting,
      longestTtlSeconds: 1,
    })),
  })
  const checkpoint = (requests: number, heap: number) => ({
    requests,
    looks: { api: { heap, external: 1, rss: 100, openFiles: 20, resources: {} } },
  })
  const soaked: Soaked = {
    mode: 'split',
    requests: 100_000,
    perSecond: 1_000,
    tally: {},
    wrong: { count: 0, examples: {} },
    checkpoints: [
      checkpoint(20_000, 40),
      checkpoint(60_000, 42),
      checkpoint(100_000, 44),
      checkpoint(100_000, 30),
    ],
    series: { first: 100, last: 105 },
    depths: { admitted: 0 },
    redis: { before: state(), answered: state(), after: state(['bull:{}:meta', 1], ['{}:forgotten', 1]) },
  }
  const measured = new Map(goalsOf(soaked, 90).map((goal) => [goal.what, goal.measured?.median]))

  it('take the heap under load', () => {
    assert.equal(measured.get('split, api: heap, least-squares slope per 100,000 requests'), 5)
  })

  it('know which keys may stay', () => {
    assert.equal(measured.get('split: keys without an end, but those by design'), 1)
  })
})
