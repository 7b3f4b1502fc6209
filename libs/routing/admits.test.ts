import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { admits, chooseWeighted } from './index.ts'
import { seeded } from './seeded.suite.ts'

describe('chooseWeighted', () => {
  const draw = (...weights: readonly number[]) => {
    const items = weights.map((weight, index) => ({ weight, index }))
    const random = seeded(42)
    const draws = Array.from({ length: 10_000 }, () => chooseWeighted(items, random)?.index)
    return items.map(({ index }) => draws.filter((drawn) => drawn === index).length / 100)
  }
  const near = (shares: readonly number[], expected: readonly number[]) => {
    for (const [index, share] of shares.entries())
      assert.ok(Math.abs(share - (expected[index] ?? 0)) <= 2, `${shares} is not ${expected}`)
  }

  test('gives a lone 0.8 everything', () => near(draw(0.8), [100]))
  test('draws equally when all weights are 0', () => near(draw(0, 0), [50, 50]))
  test('never draws a 0 beside a weight', () => assert.deepEqual(draw(0, 0.1, 0), [0, 100, 0]))
  test('has nothing to choose from nothing', () =>
    assert.equal(
      chooseWeighted([], () => 0),
      undefined,
    ))
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
