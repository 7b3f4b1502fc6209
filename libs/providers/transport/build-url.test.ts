import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { buildUrl, endpointPath } from './build-url.ts'

const facts = { id: 'openai', baseUrl: 'https://api.openai.com' }

const rows: [string | undefined, string, string][] = [
  [undefined, '/v1/chat/completions', 'https://api.openai.com/v1/chat/completions'],
  ['http://host:1', '/v1/chat/completions', 'http://host:1/v1/chat/completions'],
  ['http://host:1/', '/v1/chat/completions', 'http://host:1/v1/chat/completions'],
  ['http://host:1/v1', '/v1/chat/completions', 'http://host:1/v1/chat/completions'],
  ['http://host:1/v1/', '/v1/chat/completions', 'http://host:1/v1/chat/completions'],
  ['http://host:1/api', '/v1/chat/completions', 'http://host:1/api/v1/chat/completions'],
  ['http://host:1/v1beta', '/v1beta/models', 'http://host:1/v1beta/models'],
  ['http://host:1/v1', '/v1beta/models', 'http://host:1/v1/v1beta/models'],
  ['http://host:1/v1', '/chat/completions', 'http://host:1/v1/chat/completions'],
]

for (const [baseUrl, path, url] of rows) {
  test(`${baseUrl ?? 'the catalogue address'} and ${path} make ${url}`, () => {
    assert.equal(buildUrl(facts, baseUrl, path), url)
  })
}

test('a provider without any address is refused by name', () => {
  assert.throws(
    () => buildUrl({ id: 'vllm' }, undefined, '/v1/chat/completions'),
    (error) =>
      GatewayError.is(error) && error.code === 'config_mismatch' && error.message.includes('providers.vllm'),
  )
})

test('a model stands percent-encoded in its place, on the path of streams where there is one', () => {
  const generate = {
    wire: 'gemini-generate',
    path: '/v1beta/models/{model}:generateContent',
    streamPath: '/v1beta/models/{model}:streamGenerateContent?alt=sse',
  } as const
  assert.equal(
    endpointPath(generate, { model: 'a/b c', stream: false }),
    '/v1beta/models/a%2Fb%20c:generateContent',
  )
  assert.equal(
    endpointPath(generate, { model: 'gemini', stream: true }),
    '/v1beta/models/gemini:streamGenerateContent?alt=sse',
  )
})
