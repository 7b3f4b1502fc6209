import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChatRequest, GatewayError, type Part } from '#contract'
import { leastRequest } from '../../asked.suite.ts'
import { cohereV2 as wire } from './index.ts'
import { assertPublished } from './published.suite.ts'

/** The body less model and messages, and the warnings, of the least request with `extra`. */
function encode(extra: Partial<ChatRequest>, model = 'command-a-plus-05-2026') {
  const { body, warnings } = wire.encodeRequest({ ...leastRequest, ...extra }, { model, quirks: {} })
  assertPublished('V2ChatRequest', body)
  const { model: _model, messages, ...rest } = body
  return { messages, rest, warnings: warnings.map(({ code, path }) => `${code}:${path}`) }
}

const user = (parts: readonly Part[]) => ({ messages: [{ role: 'user', parts } as const] })
const tool = (name: string, strict?: boolean) =>
  ({ type: 'function', name, ...(strict !== undefined && { strict }) }) as const
const sent = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
})

test('sampling stays in the ranges of the vendor', () => {
  const { rest, warnings } = encode({
    sampling: {
      temperature: -1,
      topP: 1,
      topK: 900,
      frequencyPenalty: 2,
      presencePenalty: -0.5,
      stop: ['1', '2', '3', '4', '5', '6'],
      candidates: 2,
      topLogprobs: 3,
      logitBias: { '5': 1 },
    },
  })
  assert.deepEqual(rest, {
    stop_sequences: ['1', '2', '3', '4', '5'],
    temperature: 0,
    p: 0.99,
    k: 500,
    frequency_penalty: 1,
    presence_penalty: 0,
  })
  assert.deepEqual(warnings, [
    ...['unsupported:stop[5]', 'changed:temperature', 'changed:top_p', 'changed:top_k'],
    ...['changed:frequency_penalty', 'changed:presence_penalty'],
    ...['unsupported:top_logprobs', 'unsupported:n', 'unsupported:logit_bias'],
  ])
})

test('a named tool is the only one that is sent, and required', () => {
  const named = encode({ tools: [tool('a'), tool('b')], toolChoice: { type: 'function', name: 'b' } })
  assert.deepEqual(named.rest, { tools: [sent('b')], tool_choice: 'REQUIRED' })
  assert.deepEqual(named.warnings, ['changed:tool_choice'])
  const unknown = encode({ tools: [tool('a')], toolChoice: { type: 'function', name: 'x' } })
  assert.deepEqual(unknown.rest, { tools: [sent('a')] })
  assert.deepEqual(unknown.warnings, ['unsupported:tool_choice'])
})

test('tool choice and strictness as far as the vendor knows them', () => {
  const tools = [tool('a', true), tool('b', true)]
  assert.deepEqual(encode({ tools, toolChoice: { type: 'none' } }).rest, {
    tools: [sent('a'), sent('b')],
    strict_tools: true,
    tool_choice: 'NONE',
  })
  assert.equal(encode({ tools, toolChoice: { type: 'auto' } }).rest['tool_choice'], undefined)
  const mixed = encode({ tools: [tool('a', true), tool('b')] })
  assert.equal(mixed.rest['strict_tools'], undefined)
  assert.deepEqual(mixed.warnings, ['unsupported:tools[0].strict'])
  const old = encode({ tools: [tool('a')], toolChoice: { type: 'required' } }, 'command-r-plus-08-2024')
  assert.deepEqual(old.rest, { tools: [sent('a')] })
  assert.deepEqual(old.warnings, ['unsupported:tool_choice'])
  const foreign = encode({ tools: [{ type: 'opaque', wire: 'openai-chat', value: { type: 'custom' } }] })
  assert.deepEqual([foreign.rest, foreign.warnings], [{}, ['unsupported:tools[0]']])
})

test('a response format goes alone', () => {
  const schema = { type: 'object', properties: {} }
  const responseFormat = { type: 'json-schema', name: 'n', schema, strict: true } as const
  assert.deepEqual(encode({ responseFormat }).rest, {
    response_format: { type: 'json_object', json_schema: schema },
  })
  assert.deepEqual(encode({ responseFormat: { type: 'json' } }).rest, {
    response_format: { type: 'json_object' },
  })
  const besideTools = encode({ responseFormat, tools: [tool('a')] })
  assert.equal(besideTools.rest['response_format'], undefined)
  assert.deepEqual(besideTools.warnings, ['unsupported:response_format'])
})

test('reasoning in any currency becomes thinking where the model thinks', () => {
  const think = (extra: Partial<ChatRequest>, model?: string) => {
    const { rest, warnings } = encode(extra, model)
    return [rest['thinking'], ...warnings]
  }
  assert.deepEqual(think({ reasoning: { effort: 'low', enabled: true } }), [
    { type: 'enabled', token_budget: 2048 },
  ])
  assert.deepEqual(think({ reasoning: { effort: 'none', enabled: false } }), [{ type: 'disabled' }])
  assert.deepEqual(think({ reasoning: { enabled: true } }), [{ type: 'enabled' }])
  assert.deepEqual(
    think({ reasoning: { enabled: true, budgetTokens: 5000 }, sampling: { maxOutputTokens: 2000 } }),
    [{ type: 'enabled', token_budget: 1999 }, 'changed:thinking.budget_tokens'],
  )
  assert.deepEqual(think({ reasoning: { effort: 'high' } }, 'command-r7b-12-2024'), [
    undefined,
    'unsupported:reasoning_effort',
  ])
  assert.deepEqual(think({ reasoning: { effort: 'none' } }, 'command-a-03-2025'), [undefined])
})

test('reasoning of other vendors is a thinking block, a plan, or left out', () => {
  const reasoning = { type: 'reasoning', text: 'hm', signature: 's' } as const
  const call = { type: 'tool-call', id: 'a', name: 'f', argumentsText: '' } as const
  const turn = (parts: readonly Part[], model?: string) => {
    const { messages, warnings } = encode({ messages: [{ role: 'assistant', parts }] }, model)
    return [messages, ...warnings]
  }
  const tool_calls = [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }]
  assert.deepEqual(turn([reasoning, call]), [
    [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'hm' }], tool_calls }],
    'unsupported:messages[0].content[0].signature',
  ])
  assert.deepEqual(turn([reasoning, call], 'command-r7b-12-2024'), [
    [{ role: 'assistant', tool_plan: 'hm', tool_calls }],
    'changed:messages[0].content[0]',
    'unsupported:messages[0].content[0].signature',
  ])
  assert.deepEqual(turn([{ type: 'reasoning', text: '', redacted: 'x' }]), [
    [],
    'unsupported:messages[0].content[0]',
    'changed:messages[0]',
  ])
})

test('texts of documents go to the documents of the request, other bytes are refused', () => {
  const text = (data: string) => ({ kind: 'text', mediaType: 'text/plain', text: data }) as const
  const base64 = (mediaType: string) => ({ kind: 'base64', mediaType, data: 'aGk=' }) as const
  const { messages, rest, warnings } = encode(
    user([
      { type: 'document', source: text('a'), name: 'A', context: 'c' },
      { type: 'document', source: base64('text/markdown') },
      { type: 'text', text: 'What?' },
    ]),
  )
  assert.deepEqual(messages, [{ role: 'user', content: 'What?' }])
  assert.deepEqual(rest, { documents: [{ data: { title: 'A', context: 'c', text: 'a' } }, 'hi'] })
  assert.deepEqual(warnings, ['changed:messages[0].content[0]', 'changed:messages[0].content[1]'])
  const refused: readonly Part[] = [
    { type: 'document', source: base64('application/pdf') },
    { type: 'document', source: { kind: 'url', url: 'https://example.com/a.pdf' } },
    { type: 'image', source: { kind: 'file', id: 'f' } },
  ]
  for (const part of refused) {
    assert.throws(
      () => encode(user([part])),
      (error) => GatewayError.is(error) && error.param === 'messages[0].content[0]',
    )
  }
})

test('what has no member here is named', () => {
  const { warnings } = encode({
    user: 'u',
    metadata: { a: 1 },
    serviceTier: 'flex',
    cacheKey: 'k',
    cache: {},
    parallelToolCalls: false,
    extensions: { 'openai-chat': { store: true }, 'cohere-v2': { safety_mode: 'STRICT' } },
  })
  assert.deepEqual(warnings, [
    ...['unsupported:user', 'unsupported:metadata.a', 'unsupported:service_tier'],
    ...['unsupported:prompt_cache_key', 'unsupported:cache_control', 'unsupported:parallel_tool_calls'],
    'unsupported:store',
  ])
})

test('citations of other vendors do not reach this one, nor do its own reach them', () => {
  const own = { start: 0, end: 1, text: 'a', sources: [] }
  const theirs = { type: 'char_location', cited_text: 'a', document_index: 0 }
  const parts: readonly Part[] = [{ type: 'text', text: 'a', citations: [own, theirs] }]
  const { messages, warnings } = encode({ messages: [{ role: 'assistant', parts }] })
  assert.deepEqual(messages, [{ role: 'assistant', content: 'a', citations: [own] }])
  assert.deepEqual(warnings, ['unsupported:messages[0].content[0].citations'])
})
