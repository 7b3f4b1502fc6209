import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type KeyFact, type KeyState, keyStateFrom } from './index.ts'

type Facts = Readonly<Record<string, KeyFact>>
const from = (facts: Facts) => (name: string) => facts[name]
const fact = (value: KeyFact['value'], untilMs = 2000) => ({ value, untilMs })

const rows: readonly (readonly [string, Facts, KeyState])[] = [
  ['nothing', {}, {}],
  [
    'a cooldown',
    { 'cooldown:a': fact({ reason: '429', strikes: 1, retryAfter: true }) },
    { cooldownUntilMs: 2000, cooldownReason: '429' },
  ],
  ['a cooldown in a shape of another version', { 'cooldown:a': fact('429') }, { cooldownUntilMs: 2000 }],
  ['an open breaker', { 'breaker:a': fact({ state: 'open' }) }, { breakerOpenUntilMs: 2000 }],
  ['a breaker in another state', { 'breaker:a': fact({ state: 'half-open' }) }, {}],
  ['a pace', { 'pace:a': fact({ remaining: 0 }) }, { pace: 0 }],
  ['a pace that is no number', { 'pace:a': fact({ remaining: '0' }) }, {}],
  ['facts of another key', { 'cooldown:b': fact({ reason: '429' }), 'pace:': fact({ remaining: 0 }) }, {}],
]

for (const [name, facts, expected] of rows) {
  test(`${name}`, () => assert.deepEqual(keyStateFrom(from(facts), 'a'), expected))
}

test('a provider without keys has facts under the empty name', () => {
  const facts = { 'breaker:': fact({ state: 'open' }) }
  assert.deepEqual(keyStateFrom(from(facts), ''), { breakerOpenUntilMs: 2000 })
})
