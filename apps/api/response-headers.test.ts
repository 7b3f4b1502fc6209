import assert from 'node:assert/strict'
import { validateHeaderValue } from 'node:http'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { headerText, retryAfterSeconds, warningsText } from './response-headers.ts'

test('a header text is visible ASCII without our separators, and says what it stood for', () => {
  assert.equal(headerText('gpt-4o'), 'gpt-4o')
  assert.equal(headerText('org/model:free'), 'org/model:free')
  assert.equal(headerText('a,b=c d'), 'a%2Cb%3Dc%20d')
  for (const text of ['é\r\nset-cookie: x', '\ud800', '模型', '\u0000', 'x'.repeat(10)]) {
    assert.doesNotThrow(() => validateHeaderValue('x-bifrost-model', headerText(text)), text)
  }
  assert.equal(decodeURIComponent(headerText('模型 é')), '模型 é')
})

test('warnings are code:path, and say when they were too many for a header', () => {
  assert.equal(
    warningsText([
      { code: 'unsupported', path: 'seed' },
      { code: 'changed', path: 'messages[0].content' },
    ]),
    'unsupported:seed,changed:messages[0].content',
  )
  const many = Array.from({ length: 500 }, (_, index) => ({
    code: 'unsupported' as const,
    path: `tools[${index}].cache`,
  }))
  const text = warningsText(many)
  assert.ok(text.length < 2_200)
  assert.match(text, /,unsupported:and-\d+-more$/)
})

test('429 and 503 always carry retry-after, in whole seconds', () => {
  const error = (status: number, retryAfterMs?: number) =>
    new GatewayError({ kind: 'upstream-rejected', code: 'x', message: 'x', status, retryAfterMs })
  assert.equal(retryAfterSeconds(error(429)), '1')
  assert.equal(retryAfterSeconds(error(503, 1_500)), '2')
  assert.equal(retryAfterSeconds(error(429, 0)), '1')
  assert.equal(retryAfterSeconds(error(529, 3_000)), '3')
  assert.equal(retryAfterSeconds(error(500)), undefined)
})
