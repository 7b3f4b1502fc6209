import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfterMs } from './retry-after.ts'

const now = Date.UTC(2026, 10, 22, 12, 0, 0)

test('reads seconds, fractions, dates and milliseconds', () => {
  assert.equal(retryAfterMs({ 'retry-after': '2' }, now), 2_000)
  assert.equal(retryAfterMs({ 'retry-after': '0.25' }, now), 250)
  assert.equal(retryAfterMs({ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, now), 30_000)
  assert.equal(retryAfterMs({ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, now), 0)
  assert.equal(retryAfterMs({ 'retry-after-ms': '1500', 'retry-after': '9' }, now), 1_500)
})

test('an absent or unreadable value is none', () => {
  for (const value of ['', 'soon', '-5', 'NaN'])
    assert.equal(retryAfterMs({ 'retry-after': value }, now), undefined)
  assert.equal(retryAfterMs({}, now), undefined)
})
