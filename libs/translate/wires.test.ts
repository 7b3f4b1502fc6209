import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireIds } from '#contract'
import { callerWireOf, chatWireOf, providerWireOf } from './wires.ts'

test('a wire is found under its own id, one that is not built is absent', () => {
  const built = wireIds.filter((id) => chatWireOf(id) !== undefined)
  assert.deepEqual(built, [
    'openai-chat',
    'openai-responses',
    'anthropic-messages',
    'gemini-generate',
    'bedrock-converse',
    'cohere-v2',
  ])
  for (const id of built) assert.equal(chatWireOf(id)?.id, id)
})

test('a wire that only callers speak is no wire of providers', () => {
  const only = wireIds.filter((id) => callerWireOf(id)?.operation === 'chat' && chatWireOf(id) === undefined)
  assert.deepEqual(only, ['openai-completions'])
  for (const id of only) {
    assert.equal(callerWireOf(id)?.id, id)
    assert.equal(providerWireOf(id), undefined)
  }
})
