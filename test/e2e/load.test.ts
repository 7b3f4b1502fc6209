import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load } from '../../chaos/scenarios.ts'

test('1,000 concurrent mixed requests through 2 API and 2 worker processes: none lost, none mixed up, no cap broken', async () => {
  const figures = await load()
  assert.ok(figures.filter(({ goal }) => goal !== '').length >= 6)
  for (const { name, measured, goal, good } of figures) {
    assert.ok(good, `${name}: ${measured} (goal ${goal})`)
  }
})
