import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KnownFact, keyStateFrom } from './key-facts.ts'

const facts: Readonly<Record<string, KnownFact>> = {
  'cooldown:a': { value: { reason: '429', strikes: 1, retryAfter: true }, untilMs: 10 },
  'breaker:a': { value: { state: 'open' }, untilMs: 20 },
  'pace:b': { value: { remaining: 0.05 }, untilMs: 30 },
  'pace:c': { value: 'something else', untilMs: 30 },
}
const stateOf = (key: string) => keyStateFrom((name) => facts[name], key)

test('what is known of a key', () => {
  assert.deepEqual(stateOf('a'), { cooldownUntilMs: 10, cooldownReason: '429', breakerOpenUntilMs: 20 })
  assert.deepEqual(stateOf('b'), { pace: 0.05 })
})

test('nothing is known of most keys, and what another version wrote is nothing', () => {
  assert.equal(stateOf('c'), undefined)
  assert.equal(stateOf(''), undefined)
})
