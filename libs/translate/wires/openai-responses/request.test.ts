import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChatRequest, GatewayError, type JsonObject, type Part } from '#contract'
import { leastRequest } from '../../asked.suite.ts'
import { splice } from '../../splice.ts'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { json } from './fixtures.suite.ts'
import { openaiResponses as wire } from './index.ts'

const target = { model: 'gpt-5.4-mini', quirks: {} }

const refused = (body: JsonObject, param: string, act: (body: JsonObject) => unknown = wire.peek) =>
  assert.throws(
    () => act(body),
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )
const paths = (warnings: readonly { readonly code: string; readonly path: string }[]) =>
  warnings.map(({ code, path }) => `${code}:${path}`)

test('peek reads model, stream and fallbacks; usage always comes', () => {
  const body = { model: 'a/b', input: 'hi', stream: true, fallbacks: ['c/d'] }
  assert.deepEqual(wire.peek(body), { model: 'a/b', stream: true, streamUsage: true, fallbacks: ['c/d'] })
  const plain = wire.peek({ model: 'm', previous_response_id: 'resp_1', stream: null })
  assert.deepEqual(plain, { model: 'm', stream: false, streamUsage: true, fallbacks: [] })
})

test('peek names the member that is wrong', () => {
  refused({ input: 'hi' }, 'model')
  refused({ model: ' ', input: 'hi' }, 'model')
  refused({ model: 'm' }, 'input')
  refused({ model: 'm', input: 5 }, 'input')
  refused({ model: 'm', input: 'hi', stream: 'yes' }, 'stream')
  refused({ model: 'm', input: 'hi', fallbacks: 'x' }, 'fallbacks')
})

test('decodeRequest names the member that is wrong', () => {
  const request = (extra: JsonObject) => ({ model: 'm', input: 'hi', ...extra })
  const cases: readonly (readonly [JsonObject, string])[] = [
    [request({ input: [] }), 'input'],
    [request({ input: undefined, prompt: { id: 'p' } }), 'input'],
    [request({ input: ['hi'] }), 'input[0]'],
    [request({ input: [{}] }), 'input[0].type'],
    [request({ input: [{ role: 'robot', content: '' }] }), 'input[0].role'],
    [request({ input: [{ role: 'user', content: 5 }] }), 'input[0].content'],
    [request({ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }), 'input[0].content[0].text'],
    [request({ input: [{ role: 'assistant', content: [1] }] }), 'input[0].content[0]'],
    [request({ input: [{ type: 'function_call', name: 'f' }] }), 'input[0].call_id'],
    [request({ input: [{ type: 'function_call_output', call_id: 'c', output: 1 }] }), 'input[0].output'],
    [request({ instructions: 1 }), 'instructions'],
    [request({ temperature: 'hot' }), 'temperature'],
    [request({ include: [1] }), 'include[0]'],
    [request({ tools: [{ type: 'function', function: { name: 'f' } }] }), 'tools[0].name'],
    [request({ tool_choice: { type: 'function' } }), 'tool_choice.name'],
    [request({ text: { format: { type: 'xml' } } }), 'text.format.type'],
    [request({ text: { format: { type: 'json_schema', name: 'n' } } }), 'text.format.schema'],
    [request({ reasoning: { effort: 'huge' } }), 'reasoning.effort'],
  ]
  for (const [body, param] of cases) refused(body, param, wire.decodeRequest)
})

test('the native splice changes the model and takes our fallbacks out, nothing else', () => {
  const text = '{ "model":"openai/gpt-4o", "top_p":1.0, "input":"hi", "stream":true,"fallbacks":["x"]}'
  const peek = wire.peek(JSON.parse(text) as JsonObject)
  const change = wire.nativeSplice({ peek, model: 'gpt-4o', quirks: {}, wantUsage: true })
  assert.equal(
    Buffer.from(splice(Buffer.from(text), change)).toString(),
    '{ "model":"gpt-4o", "top_p":1.0, "input":"hi", "stream":true}',
  )
  const plain = Buffer.from('{"model":"gpt-4o","input":"hi"}')
  const seen = { model: 'gpt-4o', stream: false, streamUsage: true, fallbacks: [] }
  assert.equal(
    splice(plain, wire.nativeSplice({ peek: seen, model: 'gpt-4o', quirks: {}, wantUsage: true })),
    plain,
  )
})

/** Through the canonical form and the queue. */
const throughHub = (body: JsonObject) => {
  const { request } = wire.decodeRequest(body)
  return wire.encodeRequest(JSON.parse(JSON.stringify(request)) as ChatRequest, {
    model: String(body['model']),
    quirks: {},
  })
}

test('a request comes back from the canonical form as it was, and its image is the same again', () => {
  for (const name of ['text.request.json', 'tools.request.json']) {
    const original = json(name)
    const first = throughHub(original)
    assert.deepEqual(first.warnings, [], name)
    const again = throughHub(first.body)
    assert.deepEqual(again.body, first.body, name)
    assert.deepEqual(
      wire.decodeRequest(first.body).request,
      { ...wire.decodeRequest(original).request },
      name,
    )
  }
})

test('items keep their members, order and own kinds on their own wire', () => {
  const { body } = throughHub(json('tools.request.json'))
  const original = json('tools.request.json')
  // A message's empty members are not written again; all else is word for word.
  const items = JSON.stringify(original['input']).replaceAll(',"logprobs":[]', '')
  const sorted = (value: unknown) =>
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    )
  assert.equal(sorted(body['input']), sorted(JSON.parse(items)))
  assert.deepEqual(body['tools'], original['tools'])
  assert.deepEqual(body['tool_choice'], original['tool_choice'])
  assert.equal(body['previous_response_id'], 'resp_0a1b')
})

test('neighbouring items of the assistant are one turn, each part with its own path', () => {
  const { request } = wire.decodeRequest(json('tools.request.json'))
  assert.deepEqual(
    request.messages.map(({ role, parts }) => [role, parts.map(({ type }) => type)]),
    [
      ['user', ['text']],
      ['assistant', ['reasoning', 'text', 'tool-call', 'tool-call']],
      ['tool', ['tool-result']],
      ['tool', ['tool-result']],
      ['assistant', ['opaque', 'opaque', 'text']],
      ['user', ['text']],
    ],
  )
  const crossed = openaiChat.encodeRequest(request, { model: 'gpt-4o', quirks: {} })
  assert.deepEqual(paths(crossed.warnings), [
    'unsupported:input[1]',
    'unsupported:input[6].content[1]',
    'unsupported:input[7]',
    'unsupported:input[8]',
    'unsupported:tools[1].defer_loading',
    'unsupported:tools[2]',
    'unsupported:tools[3]',
    'unsupported:previous_response_id',
  ])
})

test('two messages of the assistant in a row stay two', () => {
  const input = [
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'a', annotations: [] }],
    },
    { type: 'message', role: 'assistant', content: 'b' },
    { type: 'message', role: 'assistant', content: 'c' },
  ]
  const { body } = throughHub({ model: 'm', input })
  assert.deepEqual(body['input'], [
    {
      type: 'message',
      role: 'assistant',
      content: [{ type: 'output_text', text: 'a', annotations: [] }],
      id: 'msg_1',
    },
    { type: 'message', role: 'assistant', content: 'b' },
    { type: 'message', role: 'assistant', content: 'c' },
  ])
})

test("another wire's request gets that wire's defaults: stored nowhere, schemas as hints", () => {
  const { request } = openaiChat.decodeRequest({
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    tools: [{ type: 'function', function: { name: 'f' } }],
  })
  const encoded = (model: string) => wire.encodeRequest(request, { model, quirks: {} }).body
  assert.deepEqual(encoded('gpt-4o'), {
    model: 'gpt-4o',
    input: [{ type: 'message', role: 'user', content: 'hi' }],
    tools: [{ type: 'function', name: 'f', parameters: null, strict: false }],
    store: false,
  })
  assert.deepEqual(encoded('gpt-5.4-mini')['include'], ['reasoning.encrypted_content'])
  const own = throughHub({ model: 'm', input: 'hi', tools: [{ type: 'function', name: 'f' }] })
  assert.deepEqual(own.body, {
    model: 'm',
    input: [{ type: 'message', role: 'user', content: 'hi' }],
    tools: [{ type: 'function', name: 'f', parameters: null, strict: null }],
  })
})

test('what this wire has no member for is named', () => {
  const request: ChatRequest = {
    ...leastRequest,
    sampling: {
      ...{ maxOutputTokens: 5, topK: 3, frequencyPenalty: 1, presencePenalty: 1, seed: 7 },
      ...{ stop: ['x'], candidates: 2, logitBias: { 1: 2 } },
    },
    messages: [
      {
        role: 'user',
        name: 'n',
        parts: [
          { type: 'audio', format: 'wav', source: { kind: 'base64', mediaType: 'audio/wav', data: 'AA' } },
        ],
      },
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'hm', signature: 'of-another' },
          { type: 'refusal', text: 'no' },
          { type: 'text', text: 'a', citations: [{ type: 'char_location' }] },
        ],
      },
      { role: 'tool', parts: [{ type: 'tool-result', callId: 'c', content: [], isError: true }] },
    ],
  }
  const { body, warnings } = wire.encodeRequest(request, target)
  assert.equal(body['max_output_tokens'], 16)
  assert.deepEqual(paths(warnings), [
    'unsupported:messages[0].name',
    'unsupported:messages[0].content[0]',
    'unsupported:messages[1].content[0]',
    'changed:messages[1].content[1]',
    'unsupported:messages[1].content[2].citations',
    'unsupported:messages[2].content[0].is_error',
    'changed:max_tokens',
    ...['top_k', 'frequency_penalty', 'presence_penalty', 'seed', 'stop', 'n', 'logit_bias'].map(
      (path) => `unsupported:${path}`,
    ),
  ])
})

test('reasoning goes back to whoever wrote it, and to nobody else', () => {
  const own: Part = { type: 'reasoning', text: 'Two cities.', signature: 'openai-reasoning:rs_1:gAAAA=' }
  const silent: Part = { type: 'reasoning', text: '', redacted: 'openai-reasoning::gBBBB=' }
  const claudes: Part = { type: 'reasoning', text: 'Hm.', signature: 'ErUB' }
  const request: ChatRequest = {
    ...leastRequest,
    messages: [...leastRequest.messages, { role: 'assistant', parts: [own, silent, claudes] }],
  }
  const openai = wire.encodeRequest(request, target)
  assert.deepEqual((openai.body['input'] as readonly unknown[]).slice(1), [
    {
      type: 'reasoning',
      summary: [{ type: 'summary_text', text: 'Two cities.' }],
      id: 'rs_1',
      encrypted_content: 'gAAAA=',
    },
    { type: 'reasoning', summary: [], encrypted_content: 'gBBBB=' },
  ])
  assert.deepEqual(paths(openai.warnings), ['unsupported:messages[1].content[2]'])
  const anthropic = anthropicMessages.encodeRequest(request, { model: 'claude-opus-5', quirks: {} })
  assert.deepEqual((anthropic.body['messages'] as readonly JsonObject[])[1]?.['content'], [
    { type: 'thinking', thinking: 'Hm.', signature: 'ErUB' },
  ])
  assert.deepEqual(paths(anthropic.warnings), [
    'unsupported:messages[1].content[0]',
    'unsupported:messages[1].content[1]',
  ])
})

test("Anthropic's thinking comes back from our callers with its proof", () => {
  const input = [
    { role: 'user', content: 'hi' },
    {
      type: 'reasoning',
      id: 'rs_x_0',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      encrypted_content: 'signature:ErUB',
    },
    { type: 'reasoning', summary: [], encrypted_content: 'redacted:EmwK' },
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    { type: 'function_call_output', call_id: 'c', output: 'ok' },
  ]
  const { request } = wire.decodeRequest({ model: 'm', input, reasoning: { effort: 'low', summary: 'auto' } })
  const { body, warnings } = anthropicMessages.encodeRequest(request, { model: 'claude-opus-5', quirks: {} })
  assert.deepEqual((body['messages'] as readonly JsonObject[])[1]?.['content'], [
    { type: 'thinking', thinking: 'Hm.', signature: 'ErUB' },
    { type: 'redacted_thinking', data: 'EmwK' },
    { type: 'tool_use', id: 'c', name: 'f', input: {} },
  ])
  assert.deepEqual(body['thinking'], { type: 'adaptive', display: 'summarized' })
  assert.deepEqual(warnings, [])
  assert.deepEqual(paths(wire.encodeRequest(request, target).warnings), [
    'unsupported:input[1]',
    'unsupported:input[2]',
  ])
})

test('files by id and by address stay what they are', () => {
  const content = [
    { type: 'input_image', detail: 'auto', file_id: 'file-abc123' },
    { type: 'input_file', file_url: 'https://example.com/plan.pdf' },
    { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
  ]
  const { body } = throughHub({ model: 'm', input: [{ role: 'user', content }] })
  assert.deepEqual(body['input'], [{ type: 'message', role: 'user', content }])
})

test('what every wire does anyway is no loss, and stays on its own', () => {
  const body = {
    model: 'm',
    input: [{ type: 'message', role: 'user', content: 'hi' }],
    ...{ store: false, background: false, truncation: 'disabled', stream: true },
    include: ['reasoning.encrypted_content'],
    stream_options: { include_obfuscation: false },
    text: { verbosity: 'low' },
  }
  const { request } = wire.decodeRequest(body)
  const crossed = openaiChat.encodeRequest(request, { model: 'gpt-4o', quirks: {} })
  assert.deepEqual(paths(crossed.warnings), ['unsupported:text.verbosity'])
  assert.deepEqual(throughHub(body).body, body)
  const stored = wire.decodeRequest({ model: 'm', input: 'hi', store: true, include: ['x'] }).request
  const warned = anthropicMessages.encodeRequest(stored, { model: 'claude-opus-5', quirks: {} })
  assert.deepEqual(paths(warned.warnings), ['unsupported:store', 'unsupported:include'])
})

test("what another wire's caller asked of its models goes only where it is taken", () => {
  const thinking = { type: 'adaptive', display: 'summarized' }
  const { request } = anthropicMessages.decodeRequest({
    ...{ model: 'm', max_tokens: 99, thinking, metadata: { user_id: 'u', tries: 3, team: 'x' } },
    messages: [{ role: 'user', content: 'hi' }],
  })
  const plain = wire.encodeRequest(request, { model: 'gpt-4o', quirks: {} })
  assert.equal(plain.body['reasoning'], undefined)
  assert.deepEqual(plain.body['metadata'], { team: 'x' })
  assert.deepEqual(paths(plain.warnings), ['unsupported:thinking', 'unsupported:metadata.tries'])
  assert.deepEqual(wire.encodeRequest(request, target).body['reasoning'], { summary: 'auto' })
  const own = { model: 'any', input: 'hi', reasoning: { summary: 'concise' } }
  assert.deepEqual(throughHub(own).body['reasoning'], { summary: 'concise' })
})
