import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { parseBody } from './parse-body.ts'

function refusal(bytes: Buffer): GatewayError {
  try {
    parseBody(bytes)
  } catch (error) {
    assert.ok(GatewayError.is(error))
    return error
  }
  return assert.fail('nothing was thrown')
}

test('an object is parsed', () => {
  assert.deepEqual(parseBody(Buffer.from('{"model":"é","n":[1,{"a":null}]}')), {
    model: 'é',
    n: [1, { a: null }],
  })
})

test('what is no JSON object is a 400 that quotes nothing of the body', () => {
  const bodies = [
    '',
    '{',
    '{"a":private}',
    '[1]',
    '"private"',
    'null',
    '1',
    '\ufeff{}',
    'private',
    `{"private": "x" "y"}`,
  ]
  for (const body of bodies) {
    const error = refusal(Buffer.from(body))
    assert.equal(error.status, 400, body)
    assert.equal(error.code, 'invalid_json', body)
    assert.equal(error.message.includes('private'), false, error.message)
    assert.equal(error.cause, undefined, 'the cause would carry the quote into the log')
  }
})

test('the place of a syntax error is told', () => {
  assert.match(refusal(Buffer.from('{"a":1,\n}')).message, /position 8 \(line 2 column 1\)/)
})

test('invalid UTF-8 is a 400', () => {
  assert.match(refusal(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])).message, /UTF-8/)
})

test('nesting is bounded, so that nothing after it can overflow the stack', () => {
  const nested = (depth: number) => Buffer.from(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)
  assert.doesNotThrow(() => parseBody(nested(200)))
  assert.match(refusal(nested(300)).message, /256/)
  assert.match(refusal(nested(1_000_000)).message, /256/)
})

test('__proto__ stays a plain member', () => {
  const value = parseBody(Buffer.from('{"__proto__":{"polluted":true}}'))
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
  assert.deepEqual(Object.keys(value), ['__proto__'])
})
