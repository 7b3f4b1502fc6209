import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routedUrl } from './frameworks.ts'
import { createServed, shapeOf, surfaceOf, unrouted } from './unrouted.ts'

const served = createServed([
  { path: '/v1/chat/completions' },
  { path: '/anthropic/v1/messages' },
  { path: '/v1/files/:id', methods: ['GET', 'DELETE'] },
  { path: '/v1/files', methods: ['GET', 'POST'] },
  { path: '/genai/v1beta/models/*:generateContent' },
])

test('paths of the contract that are still to come are 501, all others 404', () => {
  const toCome = [
    '/openai/v1/embeddings',
    '/openai/embeddings',
    '/v1/models',
    '/v1/models/org/model',
    '/openai/v1/responses/resp_1/cancel',
    '/openai/openai/deployments/gpt/chat/completions',
    '/anthropic/v1/messages/count_tokens',
    '/anthropic/v1/messages/batches/b1/results',
    '/v1/messages/count_tokens',
    '/genai/v1beta/models/gemini-pro:countTokens',
    '/genai/v1/models/gemini-pro:generateContent',
    '/genai/v1beta/models',
    '/genai/upload/v1beta/files',
    '/bedrock/model/anthropic.claude/converse-stream',
    '/cohere/v2/rerank',
    '/langchain/openai/v1/chat/completions',
    '/litellm/anthropic/v1/messages/count_tokens',
    '/pydanticai/genai/v1beta/models',
  ]
  for (const path of toCome) assert.equal(unrouted('POST', path, served).status, 501, path)
  const unknown = [
    '/',
    '/v1',
    '/v1/chat',
    '/v1/unknown',
    '/openai',
    '/openaiv1/embeddings',
    '/genai/x',
    '/api/x',
    '/langchain',
    '/v1/messages/batches',
  ]
  for (const path of unknown) {
    const error = unrouted('POST', path, served)
    assert.equal(error.status, 404, path)
    assert.equal(error.code, 'unknown_url', path)
  }
})

test('another method on a served path is 405', () => {
  const error = unrouted('GET', '/v1/chat/completions', served)
  assert.equal(error.status, 405)
  assert.equal(error.code, 'method_not_allowed')
  assert.match(unrouted('PUT', '/v1/files/file-1', served).message, /use GET or DELETE/)
  assert.equal(unrouted('PUT', '/v1/files/file-1/content', served).status, 501)
  const bedrock = createServed([{ path: '/bedrock/model/:id/converse' }])
  assert.equal(unrouted('GET', '/bedrock/model/a%2Fb/converse', bedrock).status, 405)
  assert.equal(unrouted('GET', '/bedrock/model//converse', bedrock).status, 404)
  assert.equal(unrouted('GET', '/genai/v1beta/models/openai/gpt-4o:generateContent', served).status, 405)
})

test('a path below a framework prefix is served as the one within', () => {
  assert.match(unrouted('GET', '/litellm/v1/chat/completions', served).message, /use POST/)
  assert.equal(unrouted('GET', '/litellm/litellm/v1/chat/completions', served).status, 404)
})

test('the prefix of a framework is taken off where a surface follows, and nowhere else', () => {
  for (const inner of [
    '/openai/v1/models?a=/langchain/',
    '/v1',
    '/anthropic?x',
    '/cursor/v1/chat/completions',
  ]) {
    for (const framework of ['langchain', 'litellm', 'pydanticai']) {
      assert.equal(routedUrl(`/${framework}${inner}`), inner)
    }
  }
  for (const url of [
    '/',
    '*',
    '/langchain',
    '/langchain/health',
    '/langchain/metrics',
    '/langchain/v1x',
    '/langchainx/v1/models',
    '/v1/langchain/v1/models',
    '//langchain/v1/models',
  ]) {
    assert.equal(routedUrl(url), url)
  }
  assert.equal(routedUrl('/langchain/litellm/v1/models'), '/langchain/litellm/v1/models')
})

test('a path counts for the surface whose prefix it carries', () => {
  assert.equal(surfaceOf('/openai/v1/embeddings'), 'openai')
  assert.equal(surfaceOf('/litellm/anthropic/v1/messages'), 'anthropic')
  assert.equal(surfaceOf('/v1/messages/x'), 'root')
  assert.equal(surfaceOf('/langchain/cohere/v2/chat'), 'cohere')
  assert.equal(surfaceOf('/bedrock/model/m/converse'), 'bedrock')
  assert.equal(surfaceOf('/pydanticai/genai/v1/models'), 'genai')
  for (const path of ['/', '/openaix/v1', '/langchain']) {
    assert.equal(surfaceOf(path), undefined, path)
  }
})

test('the shape follows the surface, also inside a framework prefix', () => {
  for (const path of ['/anthropic/v1/x', '/v1/messages/x', '/litellm/anthropic/v1/messages', '/anthropic']) {
    assert.equal(shapeOf(path), 'anthropic', path)
  }
  for (const path of ['/genai/v1/models/x:y', '/genai', '/langchain/genai/v1beta/models']) {
    assert.equal(shapeOf(path), 'genai', path)
  }
  for (const path of ['/cohere/v2/rerank', '/cohere', '/pydanticai/cohere/v2/chat']) {
    assert.equal(shapeOf(path), 'cohere', path)
  }
  for (const path of ['/bedrock/x', '/bedrock', '/langchain/bedrock/model/m/converse']) {
    assert.equal(shapeOf(path), 'bedrock', path)
  }
  for (const path of [
    '/',
    '/coherent',
    '/openai/v1/x',
    '/v1/models',
    '/anthropicx',
    '/genaix',
    '/langchain/openai/v1/x',
  ]) {
    assert.equal(shapeOf(path), 'openai', path)
  }
})
