import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError, type JsonObject } from '#contract'
import { vendorSchemaOf } from '#testing'
import { cursorChat } from './index.ts'

const schema = vendorSchemaOf('openai-chat')

/** What the vendor takes, by its published types. */
function chatOf(body: JsonObject): JsonObject {
  const chat = cursorChat(body).body
  const { fallbacks: _ours, ...published } = chat
  assert.deepEqual(schema.request(published), [])
  return chat
}

const nested = { type: 'function', function: { name: 'read_file', parameters: { type: 'object' } } }
const grammar = { definition: 'start: "a"', syntax: 'lark' }
const flatPatch = {
  type: 'custom',
  name: 'ApplyPatch',
  description: 'Patches.',
  format: { type: 'grammar', ...grammar },
}
const patch = {
  type: 'custom',
  custom: { name: 'ApplyPatch', description: 'Patches.', format: { type: 'grammar', grammar } },
}

test('a body of chat is returned as it is', () => {
  const body = {
    model: 'm',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }],
    tools: [nested, patch],
    tool_choice: { type: 'function', function: { name: 'read_file' } },
    stream: true,
  }
  assert.equal(cursorChat(body).body, body)
})

test('flat tools among the others, and the choice of one', () => {
  const messages = [{ role: 'user', content: 'x' }]
  const flat = { type: 'function', name: 'edit', description: 'Edits.', parameters: {}, strict: true }
  const chat = chatOf({
    model: 'm',
    messages,
    tools: [nested, flatPatch, flat],
    tool_choice: { type: 'custom', name: 'ApplyPatch' },
  })
  assert.deepEqual(chat['tools'], [
    nested,
    patch,
    { type: 'function', function: { name: 'edit', description: 'Edits.', parameters: {}, strict: true } },
  ])
  assert.deepEqual(chat['tool_choice'], { type: 'custom', custom: { name: 'ApplyPatch' } })
  assert.equal(chat['messages'], messages)
})

test('a body of the Responses API', () => {
  const chat = chatOf({
    model: 'openai/gpt-5.4-mini',
    instructions: 'Be brief.',
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'Read a.py' }] },
      { type: 'function_call', call_id: 'c1', name: 'read_file', arguments: '{"n":12345678901234567890}' },
      { type: 'function_call_output', call_id: 'c1', output: 'print(42)' },
      { type: 'custom_tool_call', call_id: 'c2', name: 'ApplyPatch', input: '*** Begin' },
      { type: 'custom_tool_call_output', call_id: 'c2', output: 'done' },
    ],
    tools: [{ type: 'function', name: 'read_file', parameters: { type: 'object' } }, flatPatch],
    tool_choice: { type: 'custom', name: 'ApplyPatch' },
    reasoning: { effort: 'high' },
    max_output_tokens: 50,
    stream: true,
    fallbacks: ['anthropic/claude-opus-4-8'],
  })
  assert.deepEqual(chat['messages'], [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Read a.py' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        {
          id: 'c1',
          type: 'function',
          function: { name: 'read_file', arguments: '{"n":12345678901234567890}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'print(42)' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'c2', type: 'custom', custom: { name: 'ApplyPatch', input: '*** Begin' } }],
    },
    { role: 'tool', tool_call_id: 'c2', content: 'done' },
  ])
  assert.deepEqual(chat['tools'], [nested, patch])
  assert.deepEqual(chat['tool_choice'], { type: 'custom', custom: { name: 'ApplyPatch' } })
  assert.equal(chat['reasoning_effort'], 'high')
  assert.equal(chat['max_completion_tokens'], 50)
  assert.equal(chat['stream'], true)
  assert.deepEqual(chat['fallbacks'], ['anthropic/claude-opus-4-8'])
})

test('what of the Responses API has no place in chat is named', () => {
  const { warnings } = cursorChat({ model: 'm', input: 'x', truncation: 'auto' })
  assert.deepEqual(warnings, [{ code: 'unsupported', path: 'truncation' }])
})

test('blocks and tools of Anthropic', () => {
  const { body, warnings } = cursorChat({
    model: 'claude-opus-4-8',
    system: [{ type: 'text', text: 'Be brief.' }],
    messages: [
      { role: 'user', content: 'Read a.py' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's' },
          { type: 'text', text: 'Reading.' },
          { type: 'tool_use', id: 't1', name: 'read_file', input: { path: 'a.py' } },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 't1',
            content: [
              { type: 'text', text: 'print(42)' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            ],
          },
          { type: 'text', text: 'What does it print?' },
        ],
      },
    ],
    tools: [{ name: 'read_file', input_schema: { type: 'object' } }],
    tool_choice: { type: 'tool', name: 'read_file' },
  })
  assert.deepEqual(schema.request(body), [])
  assert.deepEqual(body['messages'], [
    { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
    { role: 'user', content: 'Read a.py' },
    {
      role: 'assistant',
      content: [{ type: 'text', text: 'Reading.' }],
      tool_calls: [
        { id: 't1', type: 'function', function: { name: 'read_file', arguments: '{"path":"a.py"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 't1', content: 'print(42)' },
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        { type: 'text', text: 'What does it print?' },
      ],
    },
  ])
  assert.deepEqual(body['tools'], [nested])
  assert.deepEqual(body['tool_choice'], { type: 'function', function: { name: 'read_file' } })
  assert.equal('system' in body, false)
  assert.deepEqual(warnings, [{ code: 'unsupported', path: 'messages[1].content[0]' }])
})

test('whatever comes, nothing else than a refusal is thrown', () => {
  const word = fc.constantFrom(
    ...['input', 'messages', 'tools', 'tool_choice', 'system', 'type', 'name', 'role', 'content', 'function'],
    ...[
      'custom',
      'tool_use',
      'tool_result',
      'input_schema',
      'image',
      'source',
      'user',
      'assistant',
      'format',
    ],
    ...['custom_tool_call', 'custom_tool_call_output', 'call_id', 'output', 'model', 'grammar'],
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(word, tie('value'), { maxKeys: 5 }),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(word, value, { maxKeys: 6 }), (body) => {
      try {
        cursorChat(body as JsonObject)
      } catch (error) {
        assert.ok(GatewayError.is(error), String(error))
      }
    }),
    { numRuns: 2_000 },
  )
})
