import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject, Operation, WireId } from '#contract'
import { isCacheable } from './cacheable.ts'

const cases: readonly (readonly [boolean, Operation, WireId, JsonObject])[] = [
  [true, 'chat', 'openai-chat', { model: 'm' }],
  [true, 'chat', 'openai-chat', { store: false, tools: [] }],
  [false, 'chat', 'openai-chat', { store: true }],
  [true, 'chat', 'anthropic-messages', {}],
  [false, 'chat', 'anthropic-messages', { container: 'container_1' }],
  [true, 'chat', 'anthropic-messages', { container: null }],
  [true, 'chat', 'openai-completions', { prompt: 'Once' }],
  [false, 'chat', 'openai-responses', {}],
  [false, 'chat', 'openai-responses', { store: null }],
  [true, 'chat', 'openai-responses', { store: false, previous_response_id: null, background: false }],
  [false, 'chat', 'openai-responses', { store: false, previous_response_id: 'resp_1' }],
  [false, 'chat', 'openai-responses', { store: false, conversation: { id: 'conv_1' } }],
  [false, 'chat', 'openai-responses', { store: false, prompt: { id: 'pmpt_1' } }],
  [false, 'chat', 'openai-responses', { store: false, background: true }],
  [true, 'embeddings', 'openai-embeddings', {}],
  [true, 'rerank', 'cohere-rerank', {}],
  [true, 'count-tokens', 'anthropic-count-tokens', {}],
  [false, 'images', 'openai-images', {}],
  [false, 'batches', 'openai-batches', {}],
  [false, 'files', 'openai-files', {}],
]

test('only what leaves nothing behind and depends on nothing kept is shared', () => {
  for (const [expected, operation, wire, body] of cases) {
    const name = `${wire} ${JSON.stringify(body)}`
    assert.equal(isCacheable({ wanted: true, operation, wire, body }), expected, name)
    assert.equal(isCacheable({ wanted: false, operation, wire, body }), false, name)
  }
})
