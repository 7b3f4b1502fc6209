import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from '#contract'
import { chunk, end, failWith, head, replayed, target } from './helpers.suite.ts'
import { nextStep, type Situation } from './next-step.ts'

const joined: Situation = { leads: false, begun: false, late: false, hasTime: true }
const hop: Frame = { type: 'hop', hop: 1, target }
const [full, timeout, cancelled, failed] = (
  ['queue-full', 'timeout', 'cancelled', 'upstream-failed'] as const
).map((kind) => [failWith(kind)])

type Read = Parameters<typeof nextStep>[0]
const cases: readonly (readonly [string, Read | undefined, Partial<Situation>, string])[] = [
  ['frames', [head, chunk('1')], {}, 'pass'],
  ['the end', [end], { begun: true }, 'pass'],
  ['no more', 'over', {}, 'over'],
  ['no more for the leader', 'over', { leads: true }, 'over'],
  ['left behind before anything was said', 'behind', {}, 'alone'],
  ['left behind after that', 'behind', { begun: true }, 'shared_answer_lost'],
  ['late', 'over', { late: true }, 'upstream_timeout'],
  ['late, with frames', [head], { late: true }, 'upstream_timeout'],
  ['its own failure', full, { leads: true }, 'pass'],
  ['a full queue for another', full, {}, 'alone'],
  ['a full queue for another, after a hop', [hop, ...(full ?? [])], {}, 'alone'],
  ['the time of another', timeout, {}, 'board'],
  ['the time of all', timeout, { hasTime: false }, 'pass'],
  ['another that left', cancelled, {}, 'board'],
  ['a failure of the call', failed, {}, 'pass'],
  ['a failure inside the answer', timeout, { begun: true }, 'pass'],
  ['a failure behind the head', [head, ...(timeout ?? [])], {}, 'pass'],
]

for (const [name, read, situation, expected] of cases) {
  test(`${name}: ${expected}`, () => {
    assert.ok(read)
    const step = nextStep(read, { ...joined, ...situation })
    if (step.type === 'go') assert.equal(step.to, expected)
    else if (step.type === 'pass') {
      assert.equal(step.type, expected)
      assert.ok(typeof read !== 'string')
      assert.deepEqual(step.frames, situation.leads === true ? read : replayed(...read))
    } else {
      const [frame] = step.frames
      assert.equal(frame?.type === 'fail' && frame.error.code, expected)
    }
  })
}
