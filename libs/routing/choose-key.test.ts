import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { admits, chooseKey, chooseWeighted } from './index.ts'
import { seeded } from './seeded.suite.ts'

const key = (name: string, weight: number, models: readonly string[] = []) => ({ name, weight, models })

/** Share of the draws that each key got, in percent. */
function shares(keys: readonly ReturnType<typeof key>[], model = 'm'): Readonly<Record<string, number>> {
  const random = seeded(42)
  const counts: Record<string, number> = {}
  for (let draw = 0; draw < 10_000; draw++) {
    const name = chooseKey({ keys, model, random })?.name ?? 'none'
    counts[name] = (counts[name] ?? 0) + 1
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / 100]))
}

const near = (actual: number | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? 0) - expected) <= 2, `${actual} is not within 2 points of ${expected}`)

describe('chooseKey', () => {
  test('draws 0.7 and 0.3 as 70 and 30 of a hundred', () => {
    const drawn = shares([key('a', 0.7, ['m']), key('b', 0.3, ['m'])])
    near(drawn['a'], 70)
    near(drawn['b'], 30)
  })

  test('gives a lone 0.8 everything', () => {
    assert.deepEqual(shares([key('a', 0.8, ['m']), key('b', 0.2, ['other'])]), { a: 100 })
  })

  test('compares only the keys that may serve the model', () => {
    const drawn = shares([key('a', 1, ['m']), key('b', 98, ['other']), key('c', 1, ['*'])])
    near(drawn['a'], 50)
    near(drawn['c'], 50)
    assert.equal(drawn['b'], undefined)
  })

  test('draws equally when all weights are 0', () => {
    const drawn = shares([key('a', 0), key('b', 0)])
    near(drawn['a'], 50)
    near(drawn['b'], 50)
  })

  test('never draws a 0 beside a weight', () => {
    assert.deepEqual(shares([key('a', 0), key('b', 0.1), key('c', 0)]), { b: 100 })
  })

  test('leaves out what is excluded, down to nothing', () => {
    const keys = [key('a', 1), key('b', 1)]
    const choose = (...names: string[]) =>
      chooseKey({ keys, model: 'm', random: () => 0, exclude: new Set(names) })?.name
    assert.deepEqual([choose(), choose('a'), choose('a', 'b')], ['a', 'b', undefined])
  })

  test('finds none where none admits the model, or none is needed', () => {
    assert.equal(chooseKey({ keys: [key('a', 1, ['x'])], model: 'm', random: () => 0 }), undefined)
    assert.equal(chooseKey({ keys: [], model: 'm', random: () => 0 }), undefined)
  })

  test('gives back the key itself', () => {
    const own = { ...key('a', 1), value: 'kept' }
    assert.equal(chooseKey({ keys: [own], model: 'm', random: () => 0.5 }), own)
  })
})

test('admits', () => {
  const table: readonly (readonly [readonly string[], boolean])[] = [
    [[], true],
    [['*'], true],
    [['m'], true],
    [['x', '*'], true],
    [['x'], false],
    [['M'], false],
    [['m-2'], false],
  ]
  for (const [models, expected] of table) assert.equal(admits({ models }, 'm'), expected, models.join())
})

test('chooseWeighted always chooses one that has a weight, whatever the draw', () => {
  const weight = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true }))
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 20 }), draw, (weights, point) => {
      const chosen = chooseWeighted(
        weights.map((value) => ({ weight: value })),
        () => point,
      )
      assert.ok(chosen !== undefined)
      assert.ok(chosen.weight > 0 || weights.every((value) => value === 0))
    }),
    { numRuns: 2000 },
  )
})
