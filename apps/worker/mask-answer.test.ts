import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFrameDecoder, createFrameEncoder } from '#translate'
import { maskAnswer, maskErrorEvent } from './mask-answer.ts'

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

const maskEvent = (text: string) => Buffer.from(maskErrorEvent(Buffer.from(text), credential)).toString()

test('an error event is masked in its data, whatever its lines', () => {
  const secret = 'sk-proj-abcdefghijklmnopqrst'
  const cases: readonly (readonly [string, string])[] = [
    [`data: {"error":{"message":"Boom ${secret}"}}\n\n`, 'data: {"error":{"message":"Boom ***"}}\n\n'],
    [
      `: "\r\nevent: error\r\ndata:{"a": 1.0,\r\ndata:"b":"${secret}"}\r\n\r\n`,
      ': "\r\nevent: error\r\ndata:{"a": 1.0,\r\ndata:"b":"***"}\r\n\r\n',
    ],
    [`event: error\rdata: {"m":"plain\\u0030secret"}\r\r`, 'event: error\rdata: {"m":"***"}\r\r'],
    [
      `\uFEFFevent: error\ndata: no JSON: "${secret} \\ or plain0secret\n\n`,
      '\uFEFFevent: error\ndata: no JSON: "*** \\ or ***\n\n',
    ],
    [`data: {"error":"\u2028data: ${secret}"}\n\n`, 'data: {"error":"\u2028data: ***"}\n\n'],
    [`data: {"error":"${secret}`, 'data: {"error":"***'],
    [`\uFEFFdata: {"error":"${secret}"}\n\n`, '\uFEFFdata: {"error":"***"}\n\n'],
  ]
  for (const [given, wanted] of cases) assert.equal(maskEvent(given), wanted)
})

test('an error event without keys stays the same bytes', () => {
  const bytes = Buffer.from('event: error\ndata: {"error" : {"message":"caf\\u00e9","n":1.0}}\n\n')
  assert.equal(maskErrorEvent(bytes, credential), bytes)
})

test('an exception of a binary event stream is masked and written anew, with checksums that fit', () => {
  const exception = (message: string) => [
    { event: 'throttlingException', data: JSON.stringify({ message }), exception: true as const },
  ]
  const encode = (message: string) => createFrameEncoder('aws-event-stream').push(exception(message))
  const masked = maskErrorEvent(encode('slow down, sk-proj-abcdefghijklmnop'), credential, 'aws-event-stream')
  assert.deepEqual(createFrameDecoder('aws-event-stream').push(masked), exception('slow down, ***'))
  const plain = encode('slow down')
  assert.equal(maskErrorEvent(plain, credential, 'aws-event-stream'), plain)
})
