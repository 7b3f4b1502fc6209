import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WireId } from '#contract'
import { azure } from './azure/index.ts'
import { chooseEndpoint } from './choose-endpoint.ts'
import { openai } from './openai/index.ts'
import type { ProviderFacts } from './types.ts'
import { vertex } from './vertex/index.ts'

const spoken: readonly WireId[] = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate']
const chosen = (facts: ProviderFacts, model: string, callerWire: WireId) =>
  chooseEndpoint(facts, { operation: 'chat', callerWire, model, speaks: (wire) => spoken.includes(wire) })

const table: readonly (readonly [string, ProviderFacts, string, WireId, WireId])[] = [
  ['the caller’s own wire', openai, 'gpt-4o', 'openai-responses', 'openai-responses'],
  ['else the best that we speak', openai, 'gpt-4o', 'gemini-generate', 'openai-chat'],
  [
    'a model’s own path before the general ones',
    azure,
    'claude-sonnet-4-5',
    'openai-chat',
    'anthropic-messages',
  ],
  ['other models by the general ones', azure, 'gpt-4o', 'anthropic-messages', 'openai-chat'],
  ['publishers of Vertex: Claude', vertex, 'claude-opus-4-5', 'gemini-generate', 'anthropic-messages'],
  ['publishers of Vertex: Mistral', vertex, 'codestral-2', 'anthropic-messages', 'openai-chat'],
  [
    'publishers of Vertex: open models',
    vertex,
    'meta/llama-3.3-70b-instruct-maas',
    'openai-chat',
    'openai-chat',
  ],
  [
    'a publisher’s model of Vertex by its whole name',
    vertex,
    'publishers/google/models/g',
    'openai-chat',
    'gemini-generate',
  ],
  ['a tuned model of Vertex', vertex, 'endpoints/42', 'openai-chat', 'gemini-generate'],
  [
    'a tuned model by its whole name',
    vertex,
    'projects/p/locations/l/endpoints/42',
    'openai-chat',
    'gemini-generate',
  ],
  ['publishers of Vertex: Google', vertex, 'gemini-2.5-pro', 'openai-chat', 'gemini-generate'],
  // The vendor's own answer, that it is no chat model, is better than none.
  [
    'a general path where we do not speak the model’s own',
    openai,
    'davinci-002',
    'openai-chat',
    'openai-chat',
  ],
  [
    'the model’s own path for who speaks it',
    openai,
    'davinci-002',
    'openai-completions',
    'openai-completions',
  ],
]

for (const [name, facts, model, callerWire, wire] of table) {
  test(name, () => assert.equal(chosen(facts, model, callerWire)?.wire, wire))
}

test('none where the provider has no such operation', () => {
  const request = {
    operation: 'rerank',
    callerWire: 'cohere-rerank',
    model: 'm',
    speaks: () => true,
  } as const
  assert.equal(chooseEndpoint(openai, request), undefined)
  assert.equal(chooseEndpoint(undefined, request), undefined)
})
