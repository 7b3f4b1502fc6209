import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PatternTimeouts, timeoutsOf } from './timeouts.ts'

const silent = {
  requestTimeoutMs: undefined,
  firstByteTimeoutMs: undefined,
  streamIdleTimeoutMs: undefined,
  streamTotalTimeoutMs: undefined,
}
const entries: readonly PatternTimeouts[] = [
  { ...silent, model: 'o3*', firstByteTimeoutMs: 1 },
  { ...silent, model: 'openai/*', firstByteTimeoutMs: 2, requestTimeoutMs: 3 },
]

test('member by member the first entry that says something', () => {
  assert.deepEqual(timeoutsOf(entries, { provider: 'openai', model: 'o3-mini' }), {
    ...silent,
    firstByteTimeoutMs: 1,
    requestTimeoutMs: 3,
  })
  assert.deepEqual(timeoutsOf(entries, { provider: 'openai', model: 'gpt-4o' }), {
    ...silent,
    firstByteTimeoutMs: 2,
    requestTimeoutMs: 3,
  })
  assert.deepEqual(timeoutsOf(entries, { provider: 'groq', model: 'llama' }), {})
})
