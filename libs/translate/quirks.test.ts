import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, Quirks, Splice } from '#contract'
import { runsOf } from './property-runs.suite.ts'
import { fitBody, fitBytes } from './quirks.ts'
import { shortId } from './wires/openai-chat/short-id.ts'

const strict: Quirks = {
  refuses: ['user', 'logprobs'],
  renames: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
}
const enveloped: Quirks = { envelope: { add: { version: 'v-1' }, remove: ['model'] } }
const none: Splice = { set: {}, remove: [] }
const onBytes = (text: string, quirks: Quirks, change = none) => {
  const { body, warnings } = fitBytes(Buffer.from(text), change, quirks)
  return { text: Buffer.from(body).toString(), warned: warnings.map(({ path }) => path) }
}

describe('the bytes of a caller', () => {
  test('lose what the provider refuses, and nothing else changes', () => {
    const text = '{"user": "u","temperature":1.0,"seed":12345678901234567890, "max_completion_tokens": 5 }'
    assert.deepEqual(onBytes(text, strict), {
      text: '{"temperature":1.0,"random_seed":12345678901234567890, "max_tokens": 5 }',
      warned: ['user'],
    })
  })

  test('are the same bytes for a provider without such quirks', () => {
    const bytes = Buffer.from('{"user":"u"}')
    assert.equal(fitBytes(bytes, none, { maxTokensField: 'max_tokens' }).body, bytes)
  })

  test('lose a member whose new name is taken, and what is not set without a word', () => {
    const { text, warned } = onBytes(
      '{"max_tokens":1,"max_completion_tokens":2,"user":null,"seed":null}',
      strict,
    )
    assert.equal(text, '{"max_tokens":1}')
    assert.deepEqual(warned, ['max_completion_tokens'])
  })

  test('get an envelope beside what the wire changes', () => {
    const change = { set: { model: '"m"' }, remove: ['fallbacks'] }
    const { text, warned } = onBytes('{"model":"x","fallbacks":[],"a":1}', enveloped, change)
    assert.deepEqual([JSON.parse(text), warned], [{ a: 1, version: 'v-1' }, []])
  })
})

test('an encoded body fits in the same way as bytes', () => {
  const names = [
    'user',
    'logprobs',
    'seed',
    'random_seed',
    'max_tokens',
    'max_completion_tokens',
    'model',
    'a',
  ]
  const bodies = fc.dictionary(fc.constantFrom(...names), fc.jsonValue())
  const property = fc.property(bodies, fc.constantFrom(strict, enveloped, {}), (value, quirks) => {
    const body = JSON.parse(JSON.stringify(value)) as JsonObject
    const whole = fitBody(body, quirks)
    const bytes = onBytes(JSON.stringify(body), quirks)
    assert.deepEqual(JSON.parse(bytes.text), JSON.parse(JSON.stringify(whole.body)))
    assert.deepEqual(
      bytes.warned,
      whole.warnings.map(({ path }) => path),
    )
  })
  fc.assert(property, { numRuns: runsOf(100) })
})

test('what is no JSON object is told, not thrown at', () => {
  assert.throws(() => onBytes('[1', strict), /not a JSON object/)
})

test('short ids are nine letters and digits, the same for the same id', () => {
  assert.equal(shortId('D681PevKs'), 'D681PevKs')
  const ids = Array.from({ length: 2000 }, (_, index) => `toolu_${index}`)
  const short = ids.map(shortId)
  for (const id of short) assert.match(id, /^[A-Za-z0-9]{9}$/)
  assert.equal(new Set(short).size, ids.length)
  assert.deepEqual(ids.map(shortId), short)
})
