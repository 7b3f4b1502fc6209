import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStoreClock } from './clock.ts'

test('it is the wall clock until the store was read, then the store whatever the wall says', () => {
  let monotonic = 100
  const clock = createStoreClock(
    () => monotonic,
    () => 1_000_000,
  )
  assert.equal(clock.nowMs(), 1_000_000)
  clock.observe(5_000_000, 100, 104)
  monotonic = 104
  assert.equal(clock.nowMs(), 5_000_002)
  monotonic = 204
  assert.equal(clock.nowMs(), 5_000_102)
})

test('a slow reading does not replace an exact one that it cannot contradict, and does when it can', () => {
  const clock = createStoreClock(
    () => 0,
    () => 0,
  )
  clock.observe(1_000, 0, 2)
  clock.observe(1_400, 0, 1_000)
  assert.equal(clock.nowMs(), 999)
  clock.observe(90_000, 0, 1_000)
  assert.equal(clock.nowMs(), 89_500)
})
