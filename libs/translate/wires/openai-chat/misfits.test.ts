import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Quirks } from '#contract'
import { openaiChat as wire } from './index.ts'

const misfits = (turn: object, quirks: Quirks) =>
  wire.misfits?.({ bytes: Buffer.from(JSON.stringify({ model: 'm', messages: [turn] })), quirks })

test('a turn is a misfit for a provider with the quirk, for no other', () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'a', arguments: '{}' } }
  const cases: readonly (readonly [object, Quirks])[] = [
    [{ role: 'developer', content: 'x' }, { noDeveloperRole: true }],
    [{ role: 'assistant', tool_calls: [call] }, { shortToolCallIds: true }],
    [{ role: 'tool', tool_call_id: 'call_1', content: 'x' }, { shortToolCallIds: true }],
    [{ role: 'assistant', content: 'x', reasoning_content: 'y' }, { reasoningField: 'reasoning' }],
    [{ role: 'assistant', content: 'x', reasoning: 'y' }, { reasoningField: 'reasoning_content' }],
  ]
  for (const [turn, quirks] of cases) {
    assert.equal(misfits(turn, quirks), true, JSON.stringify(turn))
    assert.equal(misfits(turn, { maxTokensField: 'max_tokens', refuses: ['user'] }), false)
    assert.equal(misfits({ role: 'user', content: 'x' }, quirks), false)
  }
  assert.equal(misfits({ role: 'assistant', reasoning: 'y' }, { reasoningField: 'reasoning' }), false)
  assert.equal(misfits({ role: 'tool', tool_call_id: 'abcDEF123' }, { shortToolCallIds: true }), false)
})

test('bytes that are no request are left to whoever reads them', () => {
  const quirks = { noDeveloperRole: true }
  for (const text of ['', '{', '[]', '{"messages":7}', '{"messages":[null,[],"x"]}']) {
    assert.equal(wire.misfits?.({ bytes: Buffer.from(text), quirks }), false)
  }
})

test('stream_options go to no provider that refuses them', () => {
  const peek = wire.peek({
    model: 'm',
    messages: [{}],
    stream: true,
    stream_options: { include_usage: true },
  })
  const removed = (quirks: Quirks) =>
    wire.nativeSplice({ peek, model: 'm', quirks, wantUsage: true }).remove.includes('stream_options')
  assert.deepEqual([removed({ noStreamOptions: true }), removed({})], [true, false])
})
