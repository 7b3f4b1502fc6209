import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError, type Operation } from '#contract'
import { gemini } from '../gemini/index.ts'
import type { ProviderFacts } from '../types.ts'
import { vertex } from '../vertex/index.ts'
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

test('a model that is a path at the vendor stands for the path up to it, its slashes as they are', () => {
  const chat = (facts: ProviderFacts, model: string, stream = false) => {
    const endpoint = facts.operations.chat?.[0]
    assert.ok(endpoint)
    return endpointPath(endpoint, { model, stream })
  }
  const own = (operation: Operation, model: string) => {
    const endpoint = gemini.operations[operation]?.[0]
    assert.ok(endpoint)
    return endpointPath(endpoint, { model, stream: false })
  }
  assert.equal(chat(gemini, 'tunedModels/x'), '/v1beta/tunedModels/x:generateContent')
  assert.equal(chat(gemini, 'tunedModels/x', true), '/v1beta/tunedModels/x:streamGenerateContent?alt=sse')
  assert.equal(chat(gemini, 'models/x y'), '/v1beta/models/x%20y:generateContent')
  assert.equal(own('count-tokens', 'tunedModels/x'), '/v1beta/tunedModels/x:countTokens')
  assert.equal(own('embeddings', 'tunedModels/x'), '/v1beta/tunedModels/x:batchEmbedContents')
  const place = '/v1/projects/{project}/locations/{region}'
  const whole = 'publishers/google/models/gemini-2.5-pro'
  assert.equal(chat(vertex, whole), `${place}/${whole}:generateContent`)
  assert.equal(chat(vertex, 'endpoints/42', true), `${place}/endpoints/42:streamGenerateContent?alt=sse`)
  assert.equal(
    chat(vertex, 'projects/p/locations/l/endpoints/42'),
    '/v1/projects/p/locations/l/endpoints/42:generateContent',
  )
  for (const model of ['tunedModels/../files', 'tunedModels/.', 'tunedModels//x', 'other/x']) {
    const segment = encodeURIComponent(model)
    assert.equal(chat(gemini, model), `/v1beta/models/${segment}:generateContent`, model)
  }
})
