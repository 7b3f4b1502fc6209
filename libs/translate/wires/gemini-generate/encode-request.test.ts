import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChatRequest, GatewayError, type JsonObject, type Message, type Part } from '#contract'
import { leastRequest } from '../../asked.suite.ts'
import { geminiGenerate as wire } from './index.ts'

const encode = (over: Partial<ChatRequest>, model = 'gemini-2.5-flash') => {
  const { body, warnings } = wire.encodeRequest({ ...leastRequest, ...over }, { model, quirks: {} })
  return { body, warnings: warnings.map(({ code, path }) => `${code}:${path}`) }
}
const contentsOf = (messages: readonly Message[], model?: string) => encode({ messages }, model)
const user = (...parts: Part[]): Message => ({ role: 'user', parts })
const text = (value: string): Part => ({ type: 'text', text: value })
const refused = (param: string, act: () => unknown) =>
  assert.throws(
    act,
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )

test('model and stream are not in the body', () => {
  assert.deepEqual(encode({ stream: true }).body, { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] })
})

test('leading system turns are the instruction, later ones speak as the user', () => {
  const { body, warnings } = contentsOf([
    { role: 'system', parts: [text('a')] },
    { role: 'developer', parts: [text('b')] },
    user(text('q')),
    { role: 'system', parts: [text('c')] },
  ])
  assert.deepEqual(body, {
    contents: [
      { role: 'user', parts: [{ text: 'q' }] },
      { role: 'user', parts: [{ text: 'c' }] },
    ],
    systemInstruction: { parts: [{ text: 'a' }, { text: 'b' }] },
  })
  assert.deepEqual(warnings, ['changed:messages[3]'])
  const alone = contentsOf([{ role: 'system', parts: [text('a')] }])
  assert.deepEqual(alone.body, { contents: [{ role: 'user', parts: [{ text: 'a' }] }] })
  assert.deepEqual(alone.warnings, ['changed:messages[0]'])
})

test('an address without a type and another vendor’s file are refused, naming the part', () => {
  refused('messages[0].content[1]', () =>
    contentsOf([user(text('x'), { type: 'image', source: { kind: 'url', url: 'https://x.example/a.png' } })]),
  )
  refused('messages[0].content[0]', () =>
    contentsOf([user({ type: 'document', source: { kind: 'file', id: 'file-abc' } })]),
  )
  const { body } = contentsOf([
    user(
      { type: 'image', source: { kind: 'url', url: 'gs://b/a.png' } },
      { type: 'document', source: { kind: 'file', id: 'files/abc' } },
      { type: 'document', source: { kind: 'text', mediaType: 'text/plain', text: 'é' }, name: 'n' },
    ),
  ])
  assert.deepEqual(body['contents'], [
    {
      role: 'user',
      parts: [
        { fileData: { fileUri: 'gs://b/a.png' } },
        { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc' } },
        { inlineData: { mimeType: 'text/plain', data: 'w6k=' } },
      ],
    },
  ])
})

const call = (id: string, signature?: string): Part => ({
  type: 'tool-call',
  id,
  name: `f_${id}`,
  argumentsText: '{"n":1.0}',
  ...(signature !== undefined && { signature }),
})
const result = (callId: string, ...content: Part[]): Part => ({ type: 'tool-result', callId, content })

test('results take the name of their call and are one turn', () => {
  const { body } = contentsOf([
    user(text('q')),
    { role: 'assistant', parts: [call('a'), call('b')] },
    { role: 'tool', parts: [result('b', text('{"ok":1}'))] },
    { role: 'tool', parts: [result('a', text('plain'))] },
    user(text('so?')),
  ])
  assert.equal(
    JSON.stringify((body['contents'] as JsonObject[]).slice(1)),
    JSON.stringify([
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'a', name: 'f_a', args: { n: 1 } } },
          { functionCall: { id: 'b', name: 'f_b', args: { n: 1 } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'b', name: 'f_b', response: { ok: 1 } } },
          { functionResponse: { id: 'a', name: 'f_a', response: { output: 'plain' } } },
        ],
      },
      { role: 'user', parts: [{ text: 'so?' }] },
    ]).replaceAll('{"n":1}', '{"n":1.0}'),
  )
  refused('messages[1].content[0]', () =>
    contentsOf([user(text('q')), { role: 'tool', parts: [result('zz', text('x'))] }]),
  )
})

test('media in a result goes inside where the model takes it there, else behind it', () => {
  const image: Part = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AA==' } }
  const messages = [
    user(text('q')),
    { role: 'assistant', parts: [call('a', 'sig')] },
    { role: 'tool', parts: [result('a', text('see'), image)] },
  ] as const
  const inlineData = { mimeType: 'image/png', data: 'AA==' }
  const response = { id: 'a', name: 'f_a', response: { output: 'see' } }
  const older = contentsOf(messages)
  assert.deepEqual((older.body['contents'] as JsonObject[])[2]?.['parts'], [
    { functionResponse: response },
    { inlineData },
  ])
  assert.deepEqual(older.warnings, ['changed:messages[2].content[0].content[1]'])
  const newer = contentsOf(messages, 'gemini-3-pro-preview')
  assert.deepEqual((newer.body['contents'] as JsonObject[])[2]?.['parts'], [
    { functionResponse: { ...response, parts: [{ inlineData }] } },
  ])
})

test('models of generation 3 get a signature on the first call of a turn', () => {
  const signatures = (model: string, ...parts: Part[]) => {
    const { body } = contentsOf([user(text('q')), { role: 'assistant', parts }], model)
    const turn = (body['contents'] as JsonObject[])[1] as { parts: JsonObject[] }
    return turn.parts.map((part) => part['thoughtSignature'])
  }
  assert.deepEqual(signatures('gemini-2.5-flash', call('a'), call('b')), [undefined, undefined])
  assert.deepEqual(signatures('gemini-3-pro-preview', call('a'), call('b')), [
    'skip_thought_signature_validator',
    undefined,
  ])
  assert.deepEqual(signatures('gemini-3.1-pro', call('a', 's'), call('b')), ['s', undefined])
})

test('thinking goes in the currency of the model', () => {
  const thinking = (model: string, reasoning: NonNullable<ChatRequest['reasoning']>) => {
    const { body, warnings } = encode({ reasoning }, model)
    return [(body['generationConfig'] as JsonObject | undefined)?.['thinkingConfig'], ...warnings]
  }
  const effort = (value: 'none' | 'minimal' | 'low' | 'high' | 'max') => ({
    effort: value,
    enabled: value !== 'none',
  })
  const budget = (budgetTokens: number) => ({ enabled: true, budgetTokens })
  const cases = [
    ['gemini-2.5-flash', effort('high'), [{ thinkingBudget: 24_576 }]],
    ['gemini-2.5-flash', effort('none'), [{ thinkingBudget: 0 }]],
    ['gemini-2.5-pro', effort('none'), [{ thinkingBudget: 128 }, 'changed:reasoning_effort']],
    ['gemini-2.5-pro', effort('max'), [{ thinkingBudget: 32_768 }]],
    ['gemini-2.5-flash', budget(1024), [{ includeThoughts: true, thinkingBudget: 1024 }]],
    [
      'gemini-2.5-flash',
      budget(60_000),
      [{ includeThoughts: true, thinkingBudget: 24_576 }, 'changed:thinking.budget_tokens'],
    ],
    ['gemini-2.5-flash', { enabled: true }, [{ includeThoughts: true, thinkingBudget: -1 }]],
    ['gemini-3-pro-preview', effort('low'), [{ thinkingLevel: 'LOW' }]],
    ['gemini-3-pro-preview', effort('minimal'), [{ thinkingLevel: 'LOW' }, 'changed:reasoning_effort']],
    ['gemini-3-flash-preview', effort('none'), [{ thinkingLevel: 'MINIMAL' }, 'changed:reasoning_effort']],
    ['gemini-flash-latest', effort('max'), [{ thinkingLevel: 'HIGH' }]],
    [
      'gemini-3.1-pro',
      budget(8_000),
      [{ includeThoughts: true, thinkingLevel: 'MEDIUM' }, 'changed:thinking.budget_tokens'],
    ],
    ['gemini-2.0-flash', effort('high'), [undefined, 'unsupported:reasoning_effort']],
    ['gemma-3-27b-it', effort('none'), [undefined]],
  ] as const
  for (const [model, reasoning, expected] of cases) {
    assert.deepEqual(thinking(model, reasoning), expected, `${model} ${JSON.stringify(reasoning)}`)
  }
})

test('a schema goes as JSON Schema; with functions only where the model takes both', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#/$defs/x' } }, $defs: { x: { const: 1 } } }
  const responseFormat = { type: 'json-schema', name: 'n', schema } as const
  const tools = [{ type: 'function', name: 'f', schema: { properties: {} }, strict: true }] as const
  const generationConfig = { responseMimeType: 'application/json', responseJsonSchema: schema }
  assert.deepEqual(encode({ responseFormat }).body['generationConfig'], generationConfig)
  const older = encode({ responseFormat, tools })
  assert.equal(older.body['generationConfig'], undefined)
  assert.deepEqual(older.warnings, ['unsupported:tools[0].strict', 'unsupported:response_format'])
  assert.deepEqual(older.body['tools'], [
    { functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object', properties: {} } }] },
  ])
  const newer = encode({ responseFormat, tools }, 'gemini-3-flash')
  assert.deepEqual(newer.body['generationConfig'], generationConfig)
})

test('what the vendor does not know is named', () => {
  const { body, warnings } = encode({
    user: 'u',
    metadata: { a: '1' },
    cacheKey: 'k',
    cache: {},
    parallelToolCalls: false,
    toolChoice: { type: 'required' },
    tools: [
      { type: 'function', name: 'f', cache: {} },
      { type: 'opaque', wire: 'openai-chat', value: {} },
    ],
    serviceTier: 'scale',
    sampling: {
      stop: ['1', '2', '3', '4', '5', '6'],
      seed: 2 ** 40,
      logitBias: {},
      topLogprobs: 3,
    },
    messages: [
      { role: 'user', name: 'n', parts: [{ type: 'text', text: 'x', cache: {}, citations: [1] }] },
      { role: 'assistant', parts: [{ type: 'reasoning', text: '', redacted: 'zz' }] },
    ],
    extensions: { 'openai-chat': { logit: 1 }, 'gemini-generate': { labels: { a: 'b' } } },
  })
  assert.deepEqual(body, {
    contents: [{ role: 'user', parts: [{ text: 'x' }] }],
    tools: [{ functionDeclarations: [{ name: 'f' }] }],
    toolConfig: { functionCallingConfig: { mode: 'ANY' } },
    generationConfig: { stopSequences: ['1', '2', '3', '4', '5'] },
    labels: { a: 'b' },
  })
  assert.deepEqual(warnings.toSorted(), [
    'changed:messages[1]',
    'unsupported:cache_control',
    'unsupported:logit',
    'unsupported:logit_bias',
    'unsupported:messages[0].content[0].cache_control',
    'unsupported:messages[0].content[0].citations',
    'unsupported:messages[0].name',
    'unsupported:messages[1].content[0]',
    'unsupported:metadata.a',
    'unsupported:parallel_tool_calls',
    'unsupported:prompt_cache_key',
    'unsupported:seed',
    'unsupported:service_tier',
    'unsupported:stop[5]',
    'unsupported:tools[0].cache_control',
    'unsupported:tools[1]',
    'unsupported:top_logprobs',
    'unsupported:user',
  ])
  refused('tools[0].name', () => encode({ tools: [{ type: 'function', name: '1st' }] }))
})
