import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  cooldownAfter,
  cooldownFact,
  type KeyFact,
  type KeyState,
  keyFacts,
  keyStateFrom,
  strikesFrom,
} from './index.ts'

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

test('what is written of a cooldown is read again, and its strikes outlive it', () => {
  const cooldown = cooldownAfter({ status: 403, strikes: 2, otherUsableKeys: 1 })
  assert.ok(cooldown !== undefined)
  const facts = {
    [keyFacts.cooldown('a')]: fact(cooldownFact(cooldown)),
    [keyFacts.strikes('a')]: fact({ count: cooldown.strikes }),
  }
  assert.equal(keyStateFrom(from(facts), 'a').cooldownReason, '403')
  assert.equal(strikesFrom(from(facts), 'a'), 3)
  assert.ok(cooldown.strikesForMs > cooldown.forMs)
})

test('strikes that nobody has counted are none', () => {
  for (const value of [undefined, null, 3, {}, { count: '3' }, { count: -1 }]) {
    const facts: Facts = value === undefined ? {} : { 'strikes:a': fact(value) }
    assert.equal(strikesFrom(from(facts), 'a'), 0)
  }
})
