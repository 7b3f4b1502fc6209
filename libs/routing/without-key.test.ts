import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KeyHindrance, type WithoutKeyStep, withoutKey } from './index.ts'

const nowMs = 5000
type Row = readonly [string, KeyHindrance['reason'], number, number, number, number, WithoutKeyStep]

/** name, reason, ends in, targets left, remaining, maximum wait → step */
const rows: readonly Row[] = [
  ['a short cooldown is waited for', 'key_cooldown', 800, 1, 9000, 9000, { type: 'wait', waitMs: 800 }],
  ['up to a second', 'key_cooldown', 1000, 1, 9000, 9000, { type: 'wait', waitMs: 1000 }],
  ['a long one is passed over', 'key_cooldown', 1001, 1, 9000, 9000, { type: 'pass' }],
  ['or waited for where it is the last', 'key_cooldown', 8000, 0, 9000, 9000, { type: 'wait', waitMs: 8000 }],
  ['up to the maximum wait', 'key_cooldown', 9000, 0, 20_000, 9000, { type: 'wait', waitMs: 9000 }],
  ['else told at once', 'key_cooldown', 9001, 0, 20_000, 9000, { type: 'answer', retryAfterMs: 9001 }],
  ['the deadline bounds, too', 'key_cooldown', 900, 0, 900, 9000, { type: 'answer', retryAfterMs: 900 }],
  ['and passes over what is short', 'key_cooldown', 900, 1, 900, 9000, { type: 'pass' }],
  ['one that has just ended costs nothing', 'key_cooldown', -5, 1, 100, 0, { type: 'wait', waitMs: 0 }],
  ['an open breaker is passed over', 'circuit_open', 10, 1, 9000, 9000, { type: 'pass' }],
  ['nobody waits for it', 'circuit_open', 10, 0, 9000, 9000, { type: 'answer', retryAfterMs: 10 }],
]

for (const [name, reason, endsInMs, targetsLeft, remainingMs, maxWaitMs, expected] of rows) {
  test(`${name}: ${expected.type}`, () => {
    const hindrance = { reason, untilMs: nowMs + endsInMs }
    assert.deepEqual(withoutKey({ hindrance, nowMs, targetsLeft, remainingMs, maxWaitMs }), expected)
  })
}
