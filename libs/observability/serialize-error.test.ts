import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { maskText } from './mask.ts'
import { serializeError } from './serialize-error.ts'

const prompt = 'my-private-prompt'
const key = 'sk-CANARY-0123456789'

/** As ioredis makes it: the reply's text plus the command that failed, which for `queue.add` is the whole job. */
class ReplyError extends Error {
  override name = 'ReplyError'
  readonly command = {
    name: 'evalsha',
    args: ['sha', 1, 'bull:openai:wait', JSON.stringify({ prompt, key })],
  }
  readonly previousErrors = []
}

test('of a Redis error only type, code and message are shown, whatever hangs on it', () => {
  const error = new ReplyError("OOM command not allowed when used memory > 'maxmemory'.")
  const text = JSON.stringify(serializeError(error, { stack: false }))
  assert.deepEqual(JSON.parse(text), {
    type: 'ReplyError',
    message: "OOM command not allowed when used memory > 'maxmemory'.",
  })
})

test('a cause is serialized by the same allow-list, three deep', () => {
  const inner = Object.assign(new Error('inner'), {
    args: [prompt],
    config: { headers: { authorization: key } },
  })
  const error = new GatewayError({
    kind: 'internal',
    code: 'internal_error',
    message: 'outer',
    cause: new Error('second', {
      cause: new Error('third', { cause: new Error('fourth', { cause: inner }) }),
    }),
  })
  const serialized = serializeError(error, { stack: false })
  const text = JSON.stringify(serialized)
  assert.equal(serialized.code, 'internal_error')
  assert.equal(serialized.cause?.cause?.cause?.message, 'fourth')
  assert.equal(serialized.cause?.cause?.cause?.cause, undefined)
  assert.equal(text.includes(prompt) || text.includes('CANARY'), false)
})

test('real errors of fetch show code and address but no query', async () => {
  const failed = await fetch(`http://127.0.0.1:1/v1/models?key=${key}`).then(
    () => undefined,
    (error: unknown) => error,
  )
  const text = JSON.stringify(serializeError(failed, { stack: false }))
  assert.match(text, /fetch failed/)
  assert.equal(text.includes('CANARY'), false)

  const invalid = await fetch(`http://[bad?key=${key}`).then(
    () => undefined,
    (error: unknown) => error,
  )
  const invalidText = JSON.stringify(serializeError(invalid, { stack: true }))
  assert.match(invalidText, /URL/)
  assert.equal(invalidText.includes('CANARY'), false)
})

test('an abort error keeps its name and code', () => {
  const serialized = serializeError(AbortSignal.abort().reason, { stack: false })
  assert.equal(serialized.type, 'AbortError')
  assert.equal(serialized.code, '20')
})

test('a JSON syntax error does not quote the body that it failed on', () => {
  for (const body of [
    `${prompt} {`,
    `{"a": "${prompt}" "b"}`,
    `{"x": ${prompt}}`,
    `["${prompt}",]`,
    `\n\n${prompt}\n`,
  ]) {
    let text = ''
    try {
      JSON.parse(body)
    } catch (error) {
      text = JSON.stringify(serializeError(error, { stack: false }))
    }
    assert.match(text, /SyntaxError/)
    assert.equal(text.includes('private'), false, text)
  }
})

test('the stack is there on request, without the message', () => {
  const serialized = serializeError(new Error(`about ${key}`), { stack: true })
  assert.match(serialized.stack ?? '', /^\s+at /)
  assert.equal(JSON.stringify(serialized).includes('CANARY'), false)
  assert.equal(serializeError(new Error('x'), { stack: false }).stack, undefined)
})

test('what is not an error shows its type alone', () => {
  assert.deepEqual(serializeError(prompt, { stack: true }), { type: 'string', message: 'not an error' })
})

test('messages are masked and cut to 512 characters', () => {
  const cases = [
    `Incorrect API key provided: ${key}. You can find your API key at https://platform.openai.com`,
    `redis://default:${key}@redis:6379/0 refused`,
    `GET https://x.example/v1beta/models?key=${key}&alt=sse failed`,
    `sent authorization: Bearer ${key}`,
    'header x-api-key: AIzaSyCANARY0123456789abcdef',
    `{"api_key":"${key}"}`,
  ]
  for (const text of cases) assert.equal(maskText(text).includes('CANARY'), false, maskText(text))
  assert.equal(maskText('x'.repeat(100_000)).length, 512)
  assert.equal(maskText('connect ECONNREFUSED 127.0.0.1:6379'), 'connect ECONNREFUSED 127.0.0.1:6379')
})
