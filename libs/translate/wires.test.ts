import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireIds } from '#contract'
import { chatWireOf } from './wires.ts'

test('a wire is found under its own id, one that is not built is absent', () => {
  const built = wireIds.filter((id) => chatWireOf(id) !== undefined)
  assert.deepEqual(built, ['openai-chat', 'openai-responses', 'anthropic-messages'])
  for (const id of built) assert.equal(chatWireOf(id)?.id, id)
})
