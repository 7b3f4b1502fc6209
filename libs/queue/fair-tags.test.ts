import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { priorities } from '#contract'
import { bullPriority, createTurns, firstTag, frontTag, lastStarted, lastTag, nextTag } from './fair-tags.ts'

const starts: readonly (readonly [string, Parameters<typeof lastStarted>[0], number])[] = [
  ['nothing is known', { known: 0, newest: undefined, head: undefined, blind: false }, frontTag],
  ['a started job is seen', { known: 0, newest: 7, head: 9, blind: true }, 7],
  ['it never goes back', { known: 8, newest: 7, head: 9, blind: true }, 8],
  [
    'nothing runs: all below the head were started',
    { known: 0, newest: undefined, head: 9, blind: false },
    8,
  ],
  ['others run: the head counts as begun', { known: 0, newest: undefined, head: 9, blind: true }, 9],
  ['what came back says nothing', { known: 0, newest: undefined, head: undefined, blind: true }, frontTag],
]
for (const [title, seen, expected] of starts) {
  test(`the tag last started: ${title}`, () => assert.equal(lastStarted(seen), expected))
}

const tags: readonly (readonly [string, number, number | undefined, number])[] = [
  ['a new tenant joins the next round', 10, undefined, 11],
  ['a tenant with a backlog joins behind its own last', 10, 500, 501],
  ['a tenant whose turns have passed is as good as new', 10, 4, 11],
  ['the band ends: from there on first in first out', lastTag, undefined, lastTag],
  ['the band ends for one tenant', 10, lastTag, lastTag],
]
for (const [title, started, last, expected] of tags) {
  test(`the next tag: ${title}`, () => assert.equal(nextTag(started, last), expected))
}

test('lanes do not overlap, lie within what BullMQ takes, and are never 0', () => {
  const ranges = priorities.map((priority) => [
    bullPriority(priority, frontTag),
    bullPriority(priority, lastTag),
  ])
  assert.deepEqual(
    ranges,
    ranges.toSorted(([a = 0], [b = 0]) => a - b),
  )
  for (const [index, [from = 0, to = 0]] of ranges.entries()) {
    assert.ok(from > (ranges[index - 1]?.[1] ?? 0) && to < 2 ** 21)
  }
})

test('a quiet queue remembers nobody, and begins anew', () => {
  const turns = createTurns()
  assert.equal(turns.admit({ tenant: 'a', quiet: false, head: undefined }), firstTag)
  assert.equal(turns.admit({ tenant: 'a', quiet: false, head: firstTag }), firstTag + 1)
  turns.restart()
  assert.equal(turns.size, 0)
  assert.equal(turns.admit({ tenant: 'a', quiet: true, head: undefined }), firstTag)
  assert.equal(turns.size, 0)
})

test('tenants whose turn has passed are forgotten', () => {
  const turns = createTurns()
  for (let index = 0; index < 10_000; index += 1) {
    turns.started(turns.admit({ tenant: `t${index}`, quiet: false, head: undefined }))
  }
  assert.ok(turns.size <= 200, `${turns.size}`)
})

/** One slot, one lane: arrivals and starts in any order. Returns each job's tenant, and when it came and was started. */
function simulate(steps: readonly (string | null)[]) {
  const turns = createTurns()
  const line: { readonly tenant: string; readonly tag: number; readonly came: number }[] = []
  const jobs: { readonly tenant: string; readonly came: number; readonly started: number }[] = []
  let running = false
  for (const [time, tenant] of [...steps, ...steps.map(() => null)].entries()) {
    if (tenant === null) {
      const next = line.shift()
      running = next !== undefined
      if (next === undefined) continue
      turns.started(next.tag)
      jobs.push({ ...next, started: time })
      continue
    }
    const quiet = !running && line.length === 0
    if (quiet) turns.restart()
    const tag = turns.admit({ tenant, quiet, head: line[0]?.tag })
    line.splice(line.findLastIndex((other) => other.tag <= tag) + 1, 0, { tenant, tag, came: time })
  }
  return jobs
}

const arrivals = fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { freq: 2 }), { maxLength: 120 })

test('all are served, each tenant in its own order', () => {
  fc.assert(
    fc.property(arrivals, (steps) => {
      const jobs = simulate(steps)
      assert.equal(jobs.length, steps.filter((step) => step !== null).length)
      for (const tenant of ['a', 'b', 'c', 'd']) {
        const came = jobs.filter((job) => job.tenant === tenant).map((job) => job.came)
        assert.deepEqual(
          came,
          came.toSorted((x, y) => x - y),
        )
      }
    }),
    { numRuns: 1_000 },
  )
})

test('while one waits, another is served at most twice between two of its turns', () => {
  fc.assert(
    fc.property(arrivals, (steps) => {
      const jobs = simulate(steps)
      for (const [index, job] of jobs.entries()) {
        const last = jobs.slice(0, index).findLastIndex((other) => other.tenant === job.tenant)
        // From when it was the tenant's first to wait until it was started.
        const from = Math.max(job.came, jobs[last]?.started ?? 0)
        const between = jobs.slice(last + 1, index).filter((other) => other.started > from)
        for (const tenant of ['a', 'b', 'c', 'd']) {
          const served = between.filter((other) => other.tenant === tenant).length
          assert.ok(served <= 2, `${tenant} was served ${served} times before ${job.tenant}`)
        }
      }
    }),
    { numRuns: 2_000 },
  )
})

test('strangers that keep arriving do not hold back a backlog', () => {
  const steps: (string | null)[] = Array.from({ length: 50 }, () => 'a')
  for (let index = 0; index < 2_000; index += 1) steps.push(null, `stranger ${index}`)
  const jobs = simulate(steps)
  const turns = jobs.filter(({ tenant }) => tenant === 'a')
  assert.equal(turns.length, 50)
  for (const [index, turn] of turns.slice(1).entries()) {
    const before = turns[index]?.started ?? 0
    const overtook = jobs.filter(
      ({ came, started }) => came > before && started > before && started < turn.started,
    )
    assert.deepEqual(overtook.slice(0, 1), [])
  }
})
