import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type ChatRequest,
  GatewayError,
  type Json,
  type JsonObject,
  type Message,
  type Part,
} from '#contract'
import { leastRequest } from '../../asked.suite.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { throughSdk } from './sdk.suite.ts'
import { toolUseId } from './tool-use-id.ts'

/** Names no maker: what is asked for is passed on. */
const unknown = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc'
const claude = 'anthropic.claude-3-5-sonnet-20241022-v2:0'
const nova = 'us.amazon.nova-pro-v1:0'
const llama = 'us.meta.llama3-3-70b-instruct-v1:0'

/** Encodes, and holds what is encoded to the vendor's own client. */
async function encode(extra: Partial<ChatRequest>, model = claude) {
  const { body, warnings } = encodeRequest({ ...leastRequest, ...extra }, { model, quirks: {} })
  const sent = JSON.parse(JSON.stringify(body)) as JsonObject
  assert.deepEqual(await throughSdk(sent), sent)
  return { body, warnings: warnings.map(({ code, path }) => `${code}:${path}`) }
}
const turn = (role: Message['role'], ...parts: readonly (Part | string)[]): Message => ({
  role,
  parts: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)),
})
const image = (source: Extract<Part, { type: 'image' }>['source']): Part => ({ type: 'image', source })
const call: Part = { type: 'tool-call', id: 'call_1', name: 'f', argumentsText: '{"n": 1.0}' }
const result: Part = {
  type: 'tool-result',
  callId: 'call_1',
  content: [{ type: 'text', text: 'r' }],
  isError: true,
}

function refuses(extra: Partial<ChatRequest>, param: string, model = claude): void {
  assert.throws(
    () => encodeRequest({ ...leastRequest, ...extra }, { model, quirks: {} }),
    (error) => GatewayError.is(error) && error.status === 400 && error.param === param,
    param,
  )
}

test('roles alternate, system turns lead, later ones speak as the user', async () => {
  const messages = [
    turn('system', 'a'),
    turn('developer', 'b'),
    turn('user', 'c'),
    turn('user', ' ', 'd'),
    turn('assistant', ''),
    turn('system', 'e'),
    turn('assistant', 'f '),
  ]
  const { body, warnings } = await encode({ messages })
  assert.deepEqual(body['system'], [{ text: 'a' }, { text: 'b' }])
  assert.deepEqual(body['messages'], [
    { role: 'user', content: [{ text: 'c' }, { text: 'd' }, { text: 'e' }] },
    { role: 'assistant', content: [{ text: 'f' }] },
  ])
  assert.deepEqual(warnings, ['changed:messages[4]', 'changed:messages[5]', 'changed:messages[6]'])
  const placed = await encode(
    { messages: [turn('user', 'a'), turn('system', 's')] },
    'anthropic.claude-opus-5-v1',
  )
  assert.deepEqual((placed.body['messages'] as JsonObject[])[1], { role: 'system', content: [{ text: 's' }] })
})

test('what the vendor would refuse is a 400 that names it', () => {
  refuses({ messages: [turn('assistant', 'a')] }, 'messages[0]')
  refuses({ messages: [turn('user', ' ')] }, 'messages')
  const of = (part: Part) => ({ messages: [turn('user', 'see', part)] })
  refuses(of(image({ kind: 'url', url: 'https://a/b.png' })), 'messages[0].content[1]')
  refuses(of(image({ kind: 'file', id: 'f' })), 'messages[0].content[1]')
  refuses(of(image({ kind: 'base64', mediaType: 'image/tiff', data: '' })), 'messages[0].content[1]')
  refuses(of({ type: 'document', source: { kind: 'url', url: 'https://a/b.pdf' } }), 'messages[0].content[1]')
  refuses(
    of({ type: 'audio', format: 'g711', source: { kind: 'base64', mediaType: '', data: '' } }),
    'messages[0].content[1]',
  )
  refuses({ tools: [{ type: 'function', name: 'a.b' }] }, 'tools[0].name')
})

test('images, documents and sounds go as bytes in the vendor formats, documents under names of their own', async () => {
  const document = (name: string | undefined, mediaType: string): Part => ({
    type: 'document',
    source: { kind: 'base64', mediaType, data: 'AA==' },
    ...(name !== undefined && { name }),
  })
  const parts: readonly Part[] = [
    image({ kind: 'base64', mediaType: 'image/jpg', data: 'AA==' }),
    image({ kind: 'url', url: 's3://bucket/a.png' }),
    document('my report.pdf', 'application/pdf'),
    document(undefined, 'text/csv'),
    document(undefined, 'text/x-log'),
    { type: 'document', source: { kind: 'text', mediaType: 'text/plain', text: 'plain' } },
    { type: 'audio', format: 'wav', source: { kind: 'base64', mediaType: 'audio/wav', data: 'AA==' } },
  ]
  const { body, warnings } = await encode({ messages: [turn('user', ...parts)] })
  const bytes = { source: { bytes: 'AA==' } }
  assert.deepEqual((body['messages'] as JsonObject[])[0]?.['content'], [
    { image: { format: 'jpeg', ...bytes } },
    { image: { format: 'png', source: { s3Location: { uri: 's3://bucket/a.png' } } } },
    { document: { name: 'my report pdf', ...bytes, format: 'pdf' } },
    { document: { name: 'document', ...bytes, format: 'csv' } },
    { document: { name: 'document 2', ...bytes, format: 'txt' } },
    { document: { name: 'document 3', source: { text: 'plain' }, format: 'txt' } },
    { audio: { format: 'wav', ...bytes } },
    { text: 'my report pdf, document, document 2, document 3' },
  ])
  assert.deepEqual(warnings, ['changed:messages[0].content[2]', 'changed:messages[0]'])
})

test('calls and results go with a toolConfig, whatever the request says of tools', async () => {
  const messages = [turn('user', 'hi'), turn('assistant', call), turn('tool', result)]
  const without = await encode({ messages })
  assert.deepEqual(without.body['toolConfig'], {
    tools: [{ toolSpec: { name: 'f', inputSchema: { json: { type: 'object', properties: {} } } } }],
  })
  assert.deepEqual(without.warnings, ['changed:tools'])
  assert.match(JSON.stringify(without.body['messages']), /"input":\{"n":1\.0\}/)
  assert.match(JSON.stringify(without.body['messages']), /"status":"error"/)
  const tools = [{ type: 'function', name: 'f', cache: { ttl: '1h' } } as const]
  const none = await encode({ messages, tools, toolChoice: { type: 'none' } })
  assert.equal((none.body['toolConfig'] as { tools: Json[] }).tools.length, 2)
  assert.deepEqual(none.warnings, ['changed:tools[0].cache_control', 'changed:tool_choice'])
  const nothing = await encode({ tools, toolChoice: { type: 'none' } })
  assert.equal(nothing.body['toolConfig'], undefined)
  const shown: Part = {
    type: 'tool-result',
    callId: 'call_1',
    content: [image({ kind: 'base64', mediaType: 'image/png', data: '' })],
  }
  const pictured = await encode(
    { messages: [turn('user', 'hi'), turn('assistant', call), turn('tool', shown)], tools },
    llama,
  )
  assert.equal(pictured.warnings[0], 'unsupported:messages[2].content[0].content[0]')
  const llamas = await encode({ messages, tools }, llama)
  assert.deepEqual(llamas.warnings, [
    'unsupported:messages[2].content[0].is_error',
    'unsupported:tools[0].cache_control',
  ])
})

test('a choice of tools goes in the vendor words', async () => {
  const tools = [{ type: 'function', name: 'f', description: '' } as const]
  const choice = async (toolChoice: NonNullable<ChatRequest['toolChoice']>) =>
    ((await encode({ tools, toolChoice })).body['toolConfig'] as JsonObject)['toolChoice']
  assert.deepEqual(await choice({ type: 'auto' }), { auto: {} })
  assert.deepEqual(await choice({ type: 'required' }), { any: {} })
  assert.deepEqual(await choice({ type: 'function', name: 'f' }), { tool: { name: 'f' } })
})

test('an answer in a form is asked for in the way that the model knows', async () => {
  const responseFormat = { type: 'json-schema', name: 'n', schema: { type: 'object' } } as const
  const asked = async (model: string, extra: Partial<ChatRequest> = {}) => {
    const { body, warnings } = await encode({ responseFormat, ...extra }, model)
    const config = body['toolConfig'] as { toolChoice?: Json } | undefined
    return [body['outputConfig'] !== undefined, config?.toolChoice, warnings]
  }
  const forced = { tool: { name: 'json_answer' } }
  const changed = ['changed:response_format']
  assert.deepEqual(await asked('us.anthropic.claude-sonnet-4-5-20250929-v1:0'), [true, undefined, []])
  assert.deepEqual(await asked('qwen.qwen3-32b-v1:0'), [true, undefined, []])
  assert.deepEqual(await asked(claude), [false, forced, changed])
  assert.deepEqual(await asked(nova), [false, forced, changed])
  assert.deepEqual(await asked(llama), [false, undefined, changed])
  assert.deepEqual(await asked(nova, { toolChoice: { type: 'required' } }), [
    false,
    undefined,
    ['unsupported:response_format'],
  ])
  const thinking = { reasoning: { effort: 'low' } } as const
  assert.deepEqual(await asked('anthropic.claude-3-7-sonnet-20250219-v1:0', thinking), [
    false,
    undefined,
    changed,
  ])
})

test('reasoning and top_k go to the models that know them', async () => {
  const extra = { reasoning: { effort: 'high' }, sampling: { topK: 5 } } as const
  const asked = async (model: string) => {
    const { body, warnings } = await encode(extra, model)
    return [body['additionalModelRequestFields'], body['outputConfig'], body['inferenceConfig'], warnings]
  }
  assert.deepEqual(await asked('anthropic.claude-3-7-sonnet-20250219-v1:0'), [
    { thinking: { type: 'enabled', budget_tokens: 16_384 } },
    undefined,
    { maxTokens: 20_480 },
    ['unsupported:top_k'],
  ])
  assert.deepEqual(await asked('anthropic.claude-opus-4-6-v1'), [
    { thinking: { type: 'adaptive' }, top_k: 5 },
    { effort: 'high' },
    undefined,
    [],
  ])
  assert.deepEqual(await asked('openai.gpt-oss-120b-1:0'), [
    { reasoning_effort: 'high' },
    undefined,
    undefined,
    ['unsupported:top_k'],
  ])
  assert.deepEqual(await asked(llama), [
    undefined,
    undefined,
    undefined,
    ['unsupported:reasoning_effort', 'unsupported:top_k'],
  ])
})

test('cache marks become points where the model takes them', async () => {
  const text = (ttl?: '1h'): Part => ({ type: 'text', text: 'a', cache: ttl === undefined ? {} : { ttl } })
  const run = async (model: string) => {
    const tools = [{ type: 'function', name: 'f', cache: {} } as const]
    const { body, warnings } = await encode({ messages: [turn('user', text(), text('1h'))], tools }, model)
    const points = JSON.stringify(body).match(/"cachePoint":\{[^}]*\}/g) ?? []
    return [points.map((point) => point.slice(13)), warnings]
  }
  const plain = '{"type":"default"}'
  const hour = '{"type":"default","ttl":"1h"}'
  const changed = 'changed:messages[0].content[1].cache_control'
  assert.deepEqual(await run(unknown), [[plain, hour, plain], []])
  assert.deepEqual(await run('us.anthropic.claude-haiku-4-5-20251001-v1:0'), [[plain, hour, plain], []])
  assert.deepEqual(await run(claude), [[plain, plain, plain], [changed]])
  assert.deepEqual(await run(nova), [
    [plain, plain],
    [changed, 'unsupported:tools[0].cache_control'],
  ])
  assert.deepEqual((await run(llama))[0], [])
})

test('what has no place is named', async () => {
  const { body, warnings } = await encode({
    sampling: {
      ...{
        temperature: 1.5,
        seed: 1,
        candidates: 2,
        frequencyPenalty: 1,
        presencePenalty: 1,
        logprobs: true,
      },
      ...{ topLogprobs: 2, logitBias: { 5: 1 }, stop: [' ', 'x'] },
    },
    parallelToolCalls: false,
    user: 'u',
    cacheKey: 'k',
    cache: {},
    serviceTier: 'scale',
    metadata: { team: 'a', count: 5, 'bad!': 'x' },
    extensions: { 'openai-chat': { store: true } },
  })
  assert.deepEqual(warnings.toSorted(), [
    ...[
      'changed:cache_control',
      'changed:temperature',
      'unsupported:frequency_penalty',
      'unsupported:logit_bias',
    ],
    ...['unsupported:logprobs', 'unsupported:metadata.bad!', 'unsupported:metadata.count', 'unsupported:n'],
    ...['unsupported:parallel_tool_calls', 'unsupported:presence_penalty', 'unsupported:prompt_cache_key'],
    ...['unsupported:seed', 'unsupported:service_tier', 'unsupported:stop[0]', 'unsupported:store'],
    ...['unsupported:top_logprobs', 'unsupported:user'],
  ])
  assert.deepEqual(body['requestMetadata'], { team: 'a' })
  assert.deepEqual((body['messages'] as JsonObject[])[0]?.['content'], [
    { text: 'hi' },
    { cachePoint: { type: 'default' } },
  ])
  assert.deepEqual(body['additionalModelResponseFieldPaths'], ['/stop_sequence'])
})

test('ids of calls fit the vendor, and the same id stays the same', () => {
  assert.equal(toolUseId('call_abc-1'), 'call_abc-1')
  assert.equal(toolUseId('a:b'), 'a_b')
  assert.equal(toolUseId(''), 'tool_use')
  const long = (end: string) => toolUseId(`${'x'.repeat(80)}${end}`)
  assert.match(long('a'), /^[a-zA-Z0-9_-]{64}$/)
  assert.equal(long('a'), long('a'))
  assert.notEqual(long('a'), long('b'))
})

const text = fc.string({ minLength: 1, maxLength: 8 })
const word = fc.stringMatching(/^[a-z]{1,8}$/)
const block = fc.oneof(
  fc.record({ text }),
  fc.record({
    cachePoint: fc.record(
      { type: fc.constant('default'), ttl: fc.constantFrom('5m', '1h') },
      { requiredKeys: ['type'] },
    ),
  }),
  fc.record({
    image: fc.record({
      format: fc.constantFrom('png', 'webp'),
      source: fc.record({ bytes: fc.constant('AA==') }),
    }),
  }),
  fc.record({
    document: fc.record({
      format: fc.constantFrom('pdf', 'txt'),
      name: word,
      source: fc.record({ bytes: fc.constant('AA==') }),
    }),
  }),
  fc.record({
    video: fc.record({ format: fc.constant('mp4'), source: fc.record({ bytes: fc.constant('AA==') }) }),
  }),
  fc.record({
    toolUse: fc.record({
      toolUseId: word,
      name: word,
      input: fc.dictionary(word, fc.integer(), { maxKeys: 2 }),
    }),
  }),
  fc.record({
    toolResult: fc.record({
      toolUseId: word,
      content: fc.array(fc.record({ text }), { maxLength: 2 }),
      status: fc.constantFrom('success', 'error'),
    }),
  }),
  fc.record({
    reasoningContent: fc.oneof(
      fc.record({ redactedContent: fc.constant('AAA=') }),
      fc.record({ reasoningText: fc.record({ text, signature: word }) }),
    ),
  }),
  fc.record({
    citationsContent: fc.record({
      content: fc.array(fc.record({ text }), { maxLength: 2 }),
      citations: fc.constant([{ title: 't' }]),
    }),
  }),
)
const message = fc.record({
  role: fc.constantFrom('user', 'assistant'),
  content: fc.array(block, { maxLength: 4 }),
})
const request = fc.record(
  {
    messages: fc.array(message, { minLength: 1, maxLength: 4 }),
    system: fc.array(fc.oneof(fc.record({ text }), fc.constant({ cachePoint: { type: 'default' } })), {
      maxLength: 3,
    }),
    inferenceConfig: fc.record({ maxTokens: fc.integer({ min: 1, max: 9 }), topP: fc.constant(0.5) }),
    toolConfig: fc.record({
      tools: fc.array(
        fc.record({
          toolSpec: fc.record({ name: word, inputSchema: fc.constant({ json: { type: 'object' } }) }),
        }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    requestMetadata: fc.dictionary(word, word, { maxKeys: 2 }),
    guardrailConfig: fc.constant({ guardrailIdentifier: 'g' }),
  },
  { requiredKeys: ['messages'] },
) as unknown as fc.Arbitrary<JsonObject>

test('a request that the wire itself wrote comes back the same, and the vendor knows all of it', async () => {
  const address = { model: unknown, stream: true }
  const bodies: JsonObject[] = []
  fc.assert(
    fc.property(request, (generated) => {
      const given = JSON.parse(JSON.stringify(generated)) as JsonObject
      let body: JsonObject
      try {
        body = encodeRequest(decodeRequest(given, address).request, { model: unknown, quirks: {} }).body
      } catch (error) {
        assert.ok(GatewayError.is(error) && error.status === 400)
        return
      }
      const image = decodeRequest(body, address)
      const again = encodeRequest(image.request, { model: unknown, quirks: {} })
      assert.deepEqual(again.body, body)
      assert.deepEqual(decodeRequest(again.body, address).request, image.request)
      if (bodies.length < 100) bodies.push(body)
    }),
    { numRuns: 2_000 },
  )
  assert.ok(bodies.length > 50)
  for (const body of bodies) assert.deepEqual(await throughSdk(body), body)
})
