import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { buildUrl } from './build-url.ts'

const chat = { wire: 'openai-chat', path: '/v1/chat/completions' } as const
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
    assert.equal(buildUrl(facts, baseUrl, { wire: 'openai-chat', path }), url)
  })
}

test('a provider without any address is refused by name', () => {
  assert.throws(
    () => buildUrl({ id: 'vllm' }, undefined, chat),
    (error) =>
      GatewayError.is(error) && error.code === 'config_mismatch' && error.message.includes('providers.vllm'),
  )
})
