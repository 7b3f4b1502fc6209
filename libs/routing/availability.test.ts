import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Availability, availabilityOf, type KeyState } from './index.ts'

const key = (name: string, models: readonly string[] = []) => ({ name, models, weight: 1 })
type Key = ReturnType<typeof key>

const cooling = (cooldownUntilMs: number): KeyState => ({ cooldownUntilMs, cooldownReason: '429' })
const open = (breakerOpenUntilMs: number): KeyState => ({ breakerOpenUntilMs })

const available = { type: 'available' } as const
const rows: readonly (readonly [string, readonly Key[], Readonly<Record<string, KeyState>>, Availability])[] =
  [
    ['nothing is known', [key('a')], {}, available],
    ['one of two keys cools', [key('a'), key('b')], { a: cooling(2000) }, available],
    [
      'both cool: until the first is back',
      [key('a'), key('b')],
      { a: cooling(3000), b: cooling(2000) },
      { type: 'cooling', untilMs: 2000 },
    ],
    [
      'one cools, one is open: what ends first',
      [key('a'), key('b')],
      { a: cooling(3000), b: open(2000) },
      { type: 'open', untilMs: 2000 },
    ],
    ['a cooldown that has ended', [key('a')], { a: cooling(1000) }, available],
    [
      'the key that admits the model cools',
      [key('a', ['m']), key('b', ['x'])],
      { a: cooling(2000) },
      { type: 'cooling', untilMs: 2000 },
    ],
    ['the key of another model cools', [key('a', ['m']), key('b', ['x'])], { b: open(2000) }, available],
    ['no key admits the model', [key('b', ['x'])], { b: open(2000) }, available],
    ['a provider without keys', [], {}, available],
    [
      'a provider without keys whose breaker is open',
      [],
      { '': open(2000) },
      { type: 'open', untilMs: 2000 },
    ],
    ['little is left of the vendor’s limit', [key('a')], { a: { pace: 0 } }, available],
  ]

for (const [name, keys, states, expected] of rows) {
  test(`${name}: ${expected.type}`, () => {
    const provider = { id: 'p', keys }
    const found = availabilityOf({ provider, model: 'm', stateOf: (own) => states[own], nowMs: 1000 })
    assert.deepEqual(found, expected)
  })
}
