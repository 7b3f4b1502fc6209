import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restartPauseMs } from './restart-pause.ts'

test('the pause doubles while processes die soon, to half a minute, and is short again after one that lasted', () => {
  const pauses: number[] = []
  for (let count = 0; count < 8; count += 1) pauses.push(restartPauseMs(pauses.at(-1), 500))
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  assert.equal(restartPauseMs(30_000, 60_000), 1_000)
})
