import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskAnswer } from './mask-answer.ts'

const credential = 'plain0secret'

function mask(text: string): string {
  return maskAnswer(Buffer.from(text), credential).toString()
}

test('an answer without keys stays the same bytes', () => {
  const bytes = Buffer.from(
    '{ "error" : {"message":"caf\\u00e9 \\"quoted\\"", "n": 1.0, "big": 12345678901234567890}}',
  )
  assert.equal(maskAnswer(bytes, credential), bytes)
})

test('a key that a vendor echoes is masked and the rest stays as it was', () => {
  const masked = mask(
    '{ "error" : {"message": "Incorrect API key provided: sk-proj-abcdef123456. \\"See\\" docs","n":1.0}}',
  )
  assert.doesNotMatch(masked, /abcdef123456/)
  assert.match(masked, /^\{ "error" : \{"message": "Incorrect API key provided: /)
  assert.match(masked, /\\"See\\" docs","n":1\.0\}\}$/)
  assert.ok(JSON.parse(masked))
})

test('our own credential is masked whatever it looks like, escaped or not', () => {
  const masked = mask('{"a":"it was plain0secret","b":["plain\\u0030secret"]}')
  assert.deepEqual(JSON.parse(masked), { a: 'it was ***', b: ['***'] })
})
