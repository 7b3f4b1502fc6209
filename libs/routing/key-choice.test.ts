import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { choosePacedKey, type KeyState, keyless } from './index.ts'
import { seeded } from './seeded.suite.ts'

const nowMs = 1000
const key = (name: string, weight = 1, models: readonly string[] = []) => ({ name, weight, models })
type Key = ReturnType<typeof key>
type States = Readonly<Record<string, KeyState>>

type Asked = {
  readonly states?: States
  readonly exclude?: readonly string[]
  readonly session?: string
  readonly random?: () => number
}

const choose = (keys: readonly Key[], asked: Asked = {}) =>
  choosePacedKey({
    keys,
    model: 'm',
    stateOf: (name) => asked.states?.[name],
    nowMs,
    exclude: new Set(asked.exclude),
    session: asked.session,
    random: asked.random ?? (() => 0),
  })

/** The key's name, else what was said instead. */
function told(keys: readonly Key[], asked: Asked = {}): string {
  const choice = choose(keys, asked)
  if (choice.type === 'key') return choice.key.name
  return choice.type === 'wait'
    ? `${choice.reason} ${choice.cooldownReason ?? '-'} until ${choice.untilMs}`
    : 'none'
}

const cooling = (untilMs: number, reason = '429') => ({ cooldownUntilMs: untilMs, cooldownReason: reason })
const open = (untilMs: number) => ({ breakerOpenUntilMs: untilMs })

describe('what is chosen', () => {
  const two = [key('a'), key('b')]
  const rows: readonly (readonly [string, readonly Key[], Asked, string])[] = [
    ['the only key', [key('a')], {}, 'a'],
    ['none that does not admit the model', [key('a', 1, ['x']), key('b', 1, ['m'])], {}, 'b'],
    ['none when no key admits the model', [key('a', 1, ['x'])], {}, 'none'],
    ['none without keys', [], {}, 'none'],
    ['the stand-in of a provider without keys', [keyless], {}, ''],
    ['one that does not cool', two, { states: { a: cooling(1001) } }, 'b'],
    ['one whose cooldown has just ended', two, { states: { a: cooling(1000) } }, 'a'],
    ['one whose breaker is closed', two, { states: { a: open(1001) } }, 'b'],
    ['one that was not used yet', two, { exclude: ['a'] }, 'b'],
    ['a used one when no other admits the model', [key('a')], { exclude: ['a'] }, 'a'],
    ['a used one when the others cool', two, { exclude: ['a'], states: { b: cooling(2000) } }, 'a'],
    [
      'a wait until the first of all is back',
      two,
      { states: { a: cooling(3000), b: cooling(2000, '401') } },
      'key_cooldown 401 until 2000',
    ],
    [
      'a wait for the breaker that closes first',
      two,
      { states: { a: open(1500), b: cooling(2000) } },
      'circuit_open - until 1500',
    ],
    [
      'a wait for the later of one key’s two hindrances',
      [key('a')],
      { states: { a: { ...cooling(1500), ...open(1700) } } },
      'circuit_open - until 1700',
    ],
    [
      'a wait whatever a key that does not admit the model could do',
      [key('a'), key('b', 1, ['x'])],
      { states: { a: cooling(2000) } },
      'key_cooldown 429 until 2000',
    ],
    ['a spare of weight 0 when the others cool', [key('a'), key('b', 0)], { states: { a: open(2000) } }, 'b'],
    ['no spare of weight 0 else', [key('b', 0), key('a')], {}, 'a'],
    ['none that has used up its limit', two, { states: { a: { pace: 0 } } }, 'b'],
    [
      'one that has used up its limit where all have',
      two,
      { states: { a: { pace: 0 }, b: { pace: 0 } } },
      'a',
    ],
    [
      'a session’s key that has used up its limit: another',
      two,
      { session: 's', states: { a: { pace: 0 } } },
      'b',
    ],
  ]
  for (const [what, keys, asked, expected] of rows) {
    test(what, () => assert.equal(told(keys, asked), expected))
  }
})

/** How many of 10,000 draws each key got, in percent. */
function shares(keys: readonly Key[], asked: (draw: number) => Asked): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (let draw = 0; draw < 10_000; draw++) {
    const name = told(keys, asked(draw))
    counts[name] = (counts[name] ?? 0) + 1
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / 100]))
}

function near(drawn: Readonly<Record<string, number>>, expected: Readonly<Record<string, number>>): void {
  assert.deepEqual(Object.keys(drawn).toSorted(), Object.keys(expected).toSorted())
  for (const [name, share] of Object.entries(expected)) {
    assert.ok(Math.abs((drawn[name] ?? 0) - share) <= 2, `${name}: ${drawn[name]} is not near ${share}`)
  }
}

describe('10,000 draws', () => {
  const keys = [key('a', 0.7), key('b', 0.3)]
  const drawn = (asked: Asked) => {
    const random = seeded(7)
    return shares(keys, () => ({ ...asked, random }))
  }

  test('follow the weights', () => near(drawn({}), { a: 70, b: 30 }))

  test('follow the weights over sessions, too', () => {
    near(
      shares(keys, (draw) => ({ session: `session-${draw}` })),
      { a: 70, b: 30 },
    )
  })

  test('give a key half its weight when half of the last tenth is left', () => {
    near(drawn({ states: { a: { pace: 0.05 } } }), { a: 53.8, b: 46.2 })
  })

  test('leave a key with a tenth or more alone', () => {
    near(drawn({ states: { a: { pace: 0.1 }, b: { pace: 1 } } }), { a: 70, b: 30 })
  })

  test('never starve a key that has something left', () => {
    const share = drawn({ states: { a: { pace: 0.000_001 } } })['a'] ?? 0
    assert.ok(share > 0.5 && share < 5, `${share} %`)
  })
})

describe('a session', () => {
  const keys = [key('a', 1), key('b', 2), key('c', 3), key('d', 4)]
  const sessions = Array.from({ length: 500 }, (_, index) => `caller-${index}`)

  test('keeps its key whatever the draw and the order of the keys', () => {
    for (const session of sessions) {
      const first = told(keys, { session })
      assert.equal(told(keys.toReversed(), { session, random: () => 0.99 }), first)
    }
  })

  test('moves only when its own key goes away, and back with it', () => {
    const states = { b: cooling(2000) }
    for (const session of sessions) {
      const home = told(keys, { session })
      const away = told(keys, { session, states })
      if (home === 'b') assert.notEqual(away, 'b')
      else assert.equal(away, home)
    }
    assert.ok(sessions.some((session) => told(keys, { session }) === 'b'))
  })

  test('stays while its key is slowed but not used up', () => {
    for (const session of sessions) {
      assert.equal(told(keys, { session, states: { d: { pace: 0.01 } } }), told(keys, { session }))
    }
  })

  test('takes another key for another try', () => {
    for (const session of sessions) {
      const home = told(keys, { session })
      assert.notEqual(told(keys, { session, exclude: [home] }), home)
    }
  })

  test('is spread evenly over keys of weight 0', () => {
    near(
      shares([key('a', 0), key('b', 0)], (draw) => ({ session: `session-${draw}` })),
      { a: 50, b: 50 },
    )
  })
})

test('a chosen key is usable, and one is chosen whenever one is', () => {
  const state = fc.record(
    {
      cooldownUntilMs: fc.integer({ min: 0, max: 2000 }),
      breakerOpenUntilMs: fc.integer({ min: 0, max: 2000 }),
      pace: fc.double({ min: 0, max: 1, noNaN: true }),
    },
    { requiredKeys: [] },
  )
  const one = fc.record({
    weight: fc.constantFrom(0, 0.5, 3),
    models: fc.constantFrom([], ['m'], ['x']),
    state,
  })
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const session = fc.option(fc.string(), { nil: undefined })
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 6 }),
      fc.array(fc.nat(5)),
      draw,
      session,
      (ones, used, point, digest) => {
        const keys = ones.map(({ weight, models }, index) => key(`k${index}`, weight, models))
        const states = Object.fromEntries(ones.map(({ state: own }, index) => [`k${index}`, own])) as States
        const isUsable = ({ name, models }: Key) =>
          !models.includes('x') &&
          Math.max(states[name]?.cooldownUntilMs ?? 0, states[name]?.breakerOpenUntilMs ?? 0) <= nowMs
        const exclude = used.map((index) => `k${index}`)
        const choice = choose(keys, {
          states,
          exclude,
          random: () => point,
          ...(digest !== undefined && { session: digest }),
        })
        assert.equal(choice.type === 'key', keys.some(isUsable))
        if (choice.type === 'key') {
          assert.ok(isUsable(choice.key))
          const unused = keys.some((other) => isUsable(other) && !exclude.includes(other.name))
          assert.ok(!unused || !exclude.includes(choice.key.name))
        }
        if (choice.type === 'wait') assert.ok(choice.untilMs > nowMs)
      },
    ),
    { numRuns: 2000 },
  )
})
