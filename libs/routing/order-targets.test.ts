import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { strategies } from '#contract'
import { orderTargets, type TargetFacts, type WeightedTarget } from './index.ts'
import { seeded } from './seeded.suite.ts'

const target = (model: string, weight = 1): WeightedTarget => ({ provider: 'p', model, weight })
type Facts = Readonly<Record<string, TargetFacts>>
type Options = Parameters<typeof orderTargets>[0]

const order = (
  targets: Options['targets'],
  strategy: Options['strategy'],
  facts: Facts = {},
  random: Options['random'] = () => 0,
) =>
  orderTargets({ targets, strategy, factsOf: ({ model }) => facts[model], random })
    .map(({ model }) => model)
    .join(' ')

const abc: Options['targets'] = [target('a'), target('b'), target('c')]
const last = () => 0.999

describe('in order', () => {
  const rows: readonly (readonly [string, Options['strategy'], Facts, Options['random'], string])[] = [
    ['as the lots fall', 'weighted', {}, () => 0, 'a b c'],
    ['as other lots fall', 'weighted', {}, last, 'c b a'],
    ['cheapest first', 'lowest-cost', { a: { cost: 3 }, b: { cost: 1 }, c: { cost: 2 } }, last, 'b c a'],
    ['what costs nothing first', 'lowest-cost', { a: { cost: 3 }, b: { cost: 0 } }, () => 0, 'b a c'],
    ['an unknown price last', 'lowest-cost', { b: { cost: 9 }, c: { cost: 8 } }, () => 0, 'c b a'],
    ['equal prices by lot', 'lowest-cost', { a: { cost: 1 }, b: { cost: 1 }, c: { cost: 1 } }, last, 'c b a'],
    ['no price known: by lot', 'lowest-cost', {}, last, 'c b a'],
    [
      'fastest first',
      'lowest-latency',
      { a: { latencyMs: 30 }, b: { latencyMs: 10 }, c: { latencyMs: 20 } },
      last,
      'b c a',
    ],
    [
      'an unknown latency first where its lot falls',
      'lowest-latency',
      { b: { latencyMs: 10 }, c: { latencyMs: 5 } },
      () => 0,
      'a c b',
    ],
    ['else last', 'lowest-latency', { b: { latencyMs: 10 }, c: { latencyMs: 5 } }, last, 'c b a'],
    ['no latency known: by lot', 'lowest-latency', {}, last, 'c b a'],
    [
      'shortest queue first',
      'least-busy',
      { a: { queueWaitMs: 9 }, b: { queueWaitMs: 4 }, c: { queueWaitMs: 5 } },
      last,
      'b c a',
    ],
    [
      'an unknown queue is empty',
      'least-busy',
      { a: { queueWaitMs: 9 }, b: { queueWaitMs: 4 } },
      last,
      'c b a',
    ],
  ]
  for (const [name, strategy, facts, random, expected] of rows) {
    test(`${strategy}, ${name}`, () => assert.equal(order(abc, strategy, facts, random), expected))
  }

  test('a target of weight 0 comes behind the others', () => {
    assert.equal(
      order([target('a', 0), target('b'), target('c')], 'weighted', {}, () => 0),
      'b c a',
    )
  })

  test('a lone target is itself', () => {
    for (const strategy of strategies) assert.equal(order([target('a', 0)], strategy), 'a')
  })
})

/** How often each target is first in 10,000 orders, in percent. */
function firsts(targets: Options['targets'], strategy: Options['strategy'], facts: Facts = {}) {
  const random = seeded(11)
  const counts: Record<string, number> = {}
  for (let draw = 0; draw < 10_000; draw++) {
    const first = order(targets, strategy, facts, random).split(' ')[0] ?? ''
    counts[first] = (counts[first] ?? 0) + 1
  }
  return (model: string) => (counts[model] ?? 0) / 100
}

test('10,000 requests are spread by weight', () => {
  const share = firsts([target('a', 7), target('b', 3), target('c', 0)], 'weighted')
  assert.ok(Math.abs(share('a') - 70) <= 2 && Math.abs(share('b') - 30) <= 2)
  assert.equal(share('c'), 0)
})

test('a latency that stays unknown is looked for in its share of requests only', () => {
  const share = firsts(abc, 'lowest-latency', { b: { latencyMs: 10 }, c: { latencyMs: 5 } })
  assert.ok(Math.abs(share('a') - 33.3) <= 2, `${share('a')}`)
  assert.equal(share('b'), 0)
})

test('every strategy keeps every target, once', () => {
  const fact = fc.option(fc.nat(100), { nil: undefined })
  const one = fc.record({
    weight: fc.nat(3),
    facts: fc.record({ cost: fact, latencyMs: fact, queueWaitMs: fact }),
  })
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(one, { minLength: 1, maxLength: 6 }),
      fc.constantFrom(...strategies),
      draw,
      (ones, strategy, at) => {
        const [first, ...others] = ones.map(({ weight }, index) => target(`${index}`, weight))
        assert.ok(first !== undefined)
        const ordered = orderTargets({
          targets: [first, ...others],
          strategy,
          factsOf: ({ model }) => ones[Number(model)]?.facts,
          random: () => at,
        })
        assert.deepEqual(
          ordered.map(({ model }) => Number(model)).toSorted(),
          ones.map((_, index) => index),
        )
      },
    ),
  )
})
