import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError, type Splice } from '#contract'
import { runsOf } from './property-runs.suite.ts'
import { splice } from './splice.ts'

const run = (text: string, change: Partial<Splice>): string =>
  Buffer.from(splice(Buffer.from(text), { set: {}, remove: [], ...change })).toString('utf8')

const cases: readonly { name: string; body: string; change: Partial<Splice>; result: string }[] = [
  {
    name: 'replaces a value and leaves spacing, numbers and key order alone',
    body: '{ "b" : 1.0 ,\n "model" : "x" , "10":12345678901234567890, "2": 1e3 }',
    change: { set: { model: '"y"' } },
    result: '{ "b" : 1.0 ,\n "model" : "y" , "10":12345678901234567890, "2": 1e3 }',
  },
  {
    name: 'changes every occurrence of a duplicated name',
    body: '{"model":"a","x":1,"model":"b"}',
    change: { set: { model: '"y"' } },
    result: '{"model":"y","x":1,"model":"y"}',
  },
  {
    name: 'recognises a name written with escapes',
    body: '{"mod\\u0065l":"a"}',
    change: { set: { model: '"y"' } },
    result: '{"mod\\u0065l":"y"}',
  },
  {
    name: 'leaves nested members of the same name alone',
    body: '{"a":{"model":"in"},"b":[{"model":"in"}],"c":"\\"model\\":1","model":"out"}',
    change: { set: { model: '"y"' } },
    result: '{"a":{"model":"in"},"b":[{"model":"in"}],"c":"\\"model\\":1","model":"y"}',
  },
  {
    name: 'appends an absent member',
    body: '{"a":1 }',
    change: { set: { model: '"y"' } },
    result: '{"a":1,"model":"y" }',
  },
  { name: 'fills an empty object', body: ' { } ', change: { set: { a: '1' } }, result: ' { "a":1} ' },
  {
    name: 'renames a member and leaves its value as it was written',
    body: '{ "seed" : 12345678901234567890 ,"a":1}',
    change: { rename: { seed: 'random_seed' } },
    result: '{ "random_seed" : 12345678901234567890 ,"a":1}',
  },
  {
    name: 'renames, replaces and removes in one go',
    body: '{"a":1,"b":2,"model":"x","c":3}',
    change: { rename: { b: 'B' }, set: { model: '"y"' }, remove: ['a', 'c'] },
    result: '{"B":2,"model":"y"}',
  },
  {
    name: 'removes the first member',
    body: '{"f":[1], "a":1}',
    change: { remove: ['f'] },
    result: '{"a":1}',
  },
  {
    name: 'removes the last member',
    body: '{"a":1 , "f":[1] }',
    change: { remove: ['f'] },
    result: '{"a":1 }',
  },
  { name: 'removes the only member', body: '{ "f":[1] }', change: { remove: ['f'] }, result: '{  }' },
  {
    name: 'removes a run at the end',
    body: '{"a":1,"f":1,"g":2,"f":3}',
    change: { remove: ['f', 'g'] },
    result: '{"a":1}',
  },
  {
    name: 'removes the last member and appends another',
    body: '{"a":1,"f":1}',
    change: { remove: ['f'], set: { m: '2' } },
    result: '{"a":1,"m":2}',
  },
  {
    name: 'removes everything and appends',
    body: '{"f":1,"f":2}',
    change: { remove: ['f'], set: { m: '2' } },
    result: '{"m":2}',
  },
  {
    name: 'merges into an object and keeps its other members',
    body: '{"stream_options":{ "include_obfuscation" : false },"a":1}',
    change: { merge: { stream_options: { include_usage: 'true' } } },
    result: '{"stream_options":{ "include_obfuscation" : false,"include_usage":true },"a":1}',
  },
  {
    name: 'merges over null and into an absent member',
    body: '{"stream_options":null}',
    change: { merge: { stream_options: { include_usage: 'true' }, other: { x: '1' } } },
    result: '{"stream_options":{"include_usage":true},"other":{"x":1}}',
  },
  {
    name: 'handles a value that ends in backslashes',
    body: '{"a":"\\\\","model":"x"}',
    change: { set: { model: '"y"' } },
    result: '{"a":"\\\\","model":"y"}',
  },
  {
    name: 'handles UTF-8',
    body: '{"ключ":"значение 🎉","model":"модель"}',
    change: { set: { model: '"ы"' } },
    result: '{"ключ":"значение 🎉","model":"ы"}',
  },
]

for (const { name, body, change, result } of cases) {
  test(`splice ${name}`, () => {
    assert.equal(run(body, change), result)
  })
}

test('splice returns the same bytes when nothing changes', () => {
  const body = Buffer.from('{"a":1}')
  assert.equal(splice(body, { set: {}, remove: ['x'] }), body)
})

test('splice refuses what is no JSON object', () => {
  for (const body of [
    '',
    '[]',
    '"x"',
    '{',
    '{"a"',
    '{"a":',
    '{"a":"',
    '{"a":[',
    '{"a":1',
    '{"a" 1}',
    '{"a":1 "b":2}',
  ]) {
    assert.throws(
      () => run(body, { set: { model: '"y"' } }),
      (error) => GatewayError.is(error) && error.kind === 'invalid-request',
      body,
    )
  }
})

/** JSON text with free whitespace and freely escaped names, so that reprinting would show. */
const space = fc.constantFrom('', ' ', '\n', '\t ', '\r\n')
const name = fc.constantFrom('model', 'stream', 'fallbacks', 'messages', 'a', '1', 'é', '__proto__')
const escapeFirst = (text: string) => `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}${text.slice(1)}`
const value = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom('1.0', '12345678901234567890', '{ "model" : [ "}" , "\\"" ] }', '[]', '{}'),
)
const member = fc.record({
  before: space,
  name,
  escaped: fc.boolean(),
  gap: space,
  lead: space,
  value,
  after: space,
})
type Member = typeof member extends fc.Arbitrary<infer T> ? T : never
const printMember = ({ before, name, escaped, gap, lead, value, after }: Member) =>
  `${before}"${escaped ? escapeFirst(name) : name}"${gap}:${lead}${value}${after}`
const printBody = (members: readonly Member[]) => `{${members.map(printMember).join(',')}}`
const members = fc.array(member, { maxLength: 8 })
const change = fc.record({
  set: fc.dictionary(fc.constantFrom('model', 'stream', 'new', 'é'), fc.json({ maxDepth: 1 }), {
    maxKeys: 3,
  }),
  remove: fc.uniqueArray(fc.constantFrom('fallbacks', 'a', '1', 'absent'), { maxLength: 3 }),
})

test('splice is parse, edit, print', () => {
  fc.assert(
    fc.property(members, change, (generated, edit) => {
      const text = printBody(generated)
      const expected = new Map(Object.entries(JSON.parse(text) as Record<string, unknown>))
      for (const [key, json] of Object.entries(edit.set)) expected.set(key, JSON.parse(json))
      for (const key of edit.remove) expected.delete(key)
      const result = JSON.parse(run(text, edit)) as Record<string, unknown>
      assert.deepEqual(new Map(Object.entries(result)), expected)
    }),
    { numRuns: runsOf(2_000) },
  )
})

test('splice leaves every byte outside the changed values as it was', () => {
  fc.assert(
    fc.property(members, (generated) => {
      const expected: Member[] = generated.map((each) =>
        each.name === 'model' ? { ...each, value: '"new"' } : each,
      )
      const last = expected.at(-1)
      if (!expected.some((each) => each.name === 'model')) {
        const blank = { before: '', escaped: false, gap: '', lead: '' } as const
        expected.push({ ...blank, name: 'model', value: '"new"', after: last?.after ?? '' })
        if (last !== undefined) expected[expected.length - 2] = { ...last, after: '' }
      }
      assert.equal(run(printBody(generated), { set: { model: '"new"' } }), printBody(expected))
    }),
    { numRuns: runsOf(2_000) },
  )
})

test('splice takes out a removed member with one comma and touches nothing else', () => {
  fc.assert(
    fc.property(members, (generated) => {
      const kept = generated.filter((each) => each.name !== 'fallbacks')
      const compact = (list: readonly Member[]) =>
        printBody(list.map((each) => ({ ...each, before: '', after: '' })))
      assert.equal(run(compact(generated), { remove: ['fallbacks'] }), compact(kept))
    }),
    { numRuns: runsOf(2_000) },
  )
})
