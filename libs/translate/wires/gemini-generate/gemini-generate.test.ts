import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type CallerContext,
  type ChatEvent,
  GatewayError,
  type JsonObject,
  type StreamFrame,
} from '#contract'
import { asked, leastRequest } from '../../asked.suite.ts'
import { createSseDecoder, encodeSse } from '../../framing/sse.ts'
import { createNativeStream } from '../../native-stream.ts'
import { splice } from '../../splice.ts'
import { geminiGenerate as wire } from './index.ts'

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const json = (name: string) => JSON.parse(fixture(name)) as JsonObject
const address = { model: 'gemini-2.5-flash', stream: false }
const target = { model: 'gemini-2.5-flash', quirks: {} }
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'gemini-2.5-flash',
  streamUsage: true,
  nowSeconds: 0,
}
const contents = [{ role: 'user', parts: [{ text: 'hi' }] }]
const decode = (body: JsonObject) => wire.decodeRequest(body, address).request

const refused = (param: string, act: () => unknown) =>
  assert.throws(
    act,
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )

test('peek reads model, stream and format off the address', () => {
  const body = { contents, fallbacks: ['a/b'] }
  assert.deepEqual(wire.peek(body, { model: 'openai/gpt-4o', stream: true, streamFormat: 'json-array' }), {
    model: 'openai/gpt-4o',
    stream: true,
    streamUsage: true,
    fallbacks: ['a/b'],
    streamFormat: 'json-array',
  })
  assert.deepEqual(wire.peek({ contents, model: 'm' }), {
    model: 'm',
    stream: false,
    streamUsage: true,
    fallbacks: [],
  })
  refused('model', () => wire.peek({ contents }))
  refused('contents', () => wire.peek({}, address))
})

test('the native splice takes out our fallbacks and nothing else', () => {
  const run = (text: string) => {
    const peek = wire.peek(JSON.parse(text) as JsonObject, { model: 'gemini/x' })
    const change = wire.nativeSplice({ peek, model: 'x', quirks: {}, wantUsage: true })
    return Buffer.from(splice(Buffer.from(text), change)).toString()
  }
  assert.equal(run('{"contents":[{}],"a":1.0,"fallbacks":["a/b"]}'), '{"contents":[{}],"a":1.0}')
  assert.equal(run('{"contents":[{}], "model":"y"}'), '{"contents":[{}], "model":"y"}')
})

test('a request comes back from the canonical form as it was', () => {
  for (const name of ['text.request.json', 'tools.request.json']) {
    const body = json(name)
    const first = decode(body)
    const encoded = wire.encodeRequest(first, target)
    assert.deepEqual(encoded.warnings, [], name)
    assert.deepEqual(encoded.body, body, name)
    assert.deepEqual(decode(encoded.body), first)
  }
})

test('both spellings of every member are read, and numbers as text or floats', () => {
  const request = decode(json('spellings.request.json'))
  assert.deepEqual(request.messages[0], {
    role: 'system',
    parts: [{ type: 'text', text: 'You are terse.' }],
    path: 'systemInstruction',
  })
  assert.deepEqual(request.messages[1]?.parts.slice(1), [
    { type: 'image', source: { kind: 'base64', mediaType: 'image/jpeg', data: '/9j/' } },
    { type: 'image', source: { kind: 'file', id: 'gs://bucket/cat.png', mediaType: 'image/png' } },
  ])
  assert.deepEqual(request.sampling, {
    temperature: 0.5,
    topP: 0.9,
    topK: 40,
    candidates: 1,
    maxOutputTokens: 256,
    stop: ['END'],
  })
  assert.deepEqual(request.reasoning, { summary: 'summarized', enabled: true, budgetTokens: 128 })
  assert.deepEqual(request.toolChoice, { type: 'function', name: 'now' })
  assert.deepEqual(request.tools?.[0], {
    type: 'function',
    name: 'now',
    schema: { type: 'object', properties: { zone: { type: 'string' } } },
  })
  assert.deepEqual(request.tools?.[1], {
    type: 'opaque',
    wire: 'gemini-generate',
    value: { googleSearch: {} },
  })
  assert.deepEqual(request.responseFormat, {
    type: 'json-schema',
    name: 'response',
    strict: true,
    schema: {
      type: 'object',
      properties: {
        name: { type: ['string', 'null'], maxLength: 12 },
        any_of: { anyOf: [{ type: 'integer' }, { type: 'number' }] },
        tags: { type: 'array', minItems: 1, items: { type: 'string' } },
      },
      propertyOrdering: ['name', 'tags'],
    },
  })
  assert.deepEqual(request.extensions, { 'gemini-generate': { cachedContent: 'cachedContents/xyz' } })
})

test('decodeRequest names the member that is wrong', () => {
  const part = (value: JsonObject) => ({ contents: [{ parts: [value] }] })
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ contents: [] }, 'contents'],
    [{ contents: 'hi' }, 'contents'],
    [{ contents: [{ role: 'assistant', parts: [] }] }, 'contents[0].role'],
    [{ contents: [{ parts: 'x' }] }, 'contents[0].parts'],
    [part({ text: 5 }), 'contents[0].parts[0].text'],
    [part({ functionCall: {} }), 'contents[0].parts[0].functionCall.name'],
    [
      part({ functionResponse: { name: 'f', response: 'x' } }),
      'contents[0].parts[0].functionResponse.response',
    ],
    [part({ inlineData: { data: 'x' } }), 'contents[0].parts[0].inlineData.mimeType'],
    [{ contents, generationConfig: { maxOutputTokens: 1.5 } }, 'generationConfig.maxOutputTokens'],
    [{ contents, generationConfig: { temperature: 'hot' } }, 'generationConfig.temperature'],
    [{ contents, generation_config: { stop_sequences: 'x' } }, 'generationConfig.stopSequences'],
    [{ contents, systemInstruction: 'x' }, 'systemInstruction'],
    [{ contents, tools: [{ functionDeclarations: [{}] }] }, 'tools[0].functionDeclarations[0].name'],
  ]
  for (const [body, param] of cases) refused(param, () => decode(body))
})

test('calls without ids get one by their place, and their results the same', () => {
  const call = (city: string) => ({ functionCall: { name: 'w', args: { city } } })
  const result = (output: string) => ({ functionResponse: { name: 'w', response: { output } } })
  const { messages } = decode({
    contents: [
      { parts: [{ text: 'q' }] },
      { role: 'model', parts: [call('a'), call('b')] },
      { role: 'function', parts: [result('1'), result('2'), { text: 'and?' }] },
    ],
  })
  assert.deepEqual(
    messages.slice(1).map(({ role, parts, path, firstPart }) => ({
      role,
      path,
      firstPart,
      ids: parts.map((part) => (part.type === 'tool-call' ? part.id : 'callId' in part ? part.callId : '')),
    })),
    [
      { role: 'assistant', path: 'contents[1]', firstPart: undefined, ids: ['call_1_0', 'call_1_1'] },
      { role: 'tool', path: 'contents[2]', firstPart: undefined, ids: ['call_1_0', 'call_1_1'] },
      { role: 'user', path: 'contents[2]', firstPart: 2, ids: [''] },
    ],
  )
})

const sseFrames = (text: string): StreamFrame[] => {
  const decoder = createSseDecoder()
  return [...decoder.push(Buffer.from(text)), ...decoder.end()]
}
function decodeFrames(frames: readonly StreamFrame[]): ChatEvent[] {
  const decoder = wire.createStreamDecoder(asked)
  const events = frames.flatMap((frame) => [...decoder.push(frame)])
  return [...events, ...decoder.end()]
}
const decodeAll = (text: string) => decodeFrames(sseFrames(text))
const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

test('answers come back from the canonical form as they were', () => {
  for (const name of ['text.response.json', 'blocked.response.json']) {
    const body = json(name)
    const { body: again, warnings } = wire.encodeResponse(wire.decodeResponse(body, asked), caller)
    assert.deepEqual(plain(again), body, name)
    assert.deepEqual(warnings, [])
  }
  const tools = wire.decodeResponse(json('tools.response.json'), asked)
  assert.deepEqual(tools.candidates[0]?.stopReason, { unified: 'tool-calls', raw: 'STOP' })
  assert.deepEqual(tools.candidates[0]?.parts.slice(2), [
    {
      type: 'tool-call',
      id: 'call_p-Tool_1_0_2',
      name: 'get_weather',
      argumentsText: '{"city":"Paris","days":3}',
      signature: 'CpsBAdHtim9zaWduYXR1cmU=',
    },
    { type: 'tool-call', id: 'fn-2', name: 'get_weather', argumentsText: '{"city":"Rome"}' },
  ])
  assert.deepEqual(wire.decodeResponse(plain(wire.encodeResponse(tools, caller).body), asked), tools)
})

test('usage keeps thoughts apart from candidates and adds what tools read', () => {
  assert.deepEqual(wire.decodeResponse(json('tools.response.json'), asked).usage, {
    input: { total: 85, uncached: 85 },
    output: { total: 35, reasoning: 15 },
    raw: json('tools.response.json')['usageMetadata'],
  })
  const { body } = wire.encodeResponse(
    {
      id: 'x',
      model: 'm',
      candidates: [],
      usage: { input: { total: 10, cacheRead: 4 }, output: { total: 9, reasoning: 3 } },
    },
    caller,
  )
  assert.deepEqual(body['usageMetadata'], {
    promptTokenCount: 10,
    candidatesTokenCount: 6,
    totalTokenCount: 19,
    cachedContentTokenCount: 4,
    thoughtsTokenCount: 3,
  })
})

const streamFixtures = ['text.sse', 'tools.sse', 'thinking.sse', 'candidates.sse', 'blocked.sse']

test('streams come back from the canonical form as the same events', () => {
  for (const name of streamFixtures) {
    const events = decodeAll(fixture(name))
    const encoder = wire.createStreamEncoder(caller)
    const frames = events.flatMap((event) => [...encoder.push(event)])
    const again = decodeAll(Buffer.from(encodeSse(frames)).toString())
    const withoutUsage = (list: ChatEvent[]) => list.filter((event) => event.type !== 'usage')
    assert.deepEqual(withoutUsage(again), withoutUsage(events), name)
    const usage = (list: ChatEvent[]) => list.findLast((event) => event.type === 'usage')?.usage
    assert.deepEqual(usage(again), usage(events))
    assert.deepEqual(encoder.warnings(), [])
  }
})

test('every byte split of every stream gives the same events', () => {
  for (const name of streamFixtures) {
    const bytes = Buffer.from(fixture(name))
    const whole = decodeAll(fixture(name))
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 30 }), (sizes) => {
        const framing = createSseDecoder()
        const frames: StreamFrame[] = []
        let at = 0
        for (const size of sizes) {
          frames.push(...framing.push(bytes.subarray(at, at + size)))
          at += size
        }
        frames.push(...framing.push(bytes.subarray(at)), ...framing.end())
        assert.deepEqual(decodeFrames(frames), whole)
      }),
      { numRuns: 200 },
    )
  }
})

test('a stream ends well when every candidate has said why it stopped, at its very end', () => {
  const truncated = (text: string) =>
    assert.throws(
      () => decodeAll(text),
      (error) => GatewayError.is(error) && error.code === 'upstream_stream_truncated',
    )
  const frames = fixture('candidates.sse').split('\r\n\r\n')
  truncated(frames.slice(0, 3).join('\r\n\r\n'))
  truncated('')
  const chatty = fixture('text.sse').replaceAll('"index": 0', '"finishReason": "STOP","index": 0')
  const events = decodeAll(chatty)
  assert.deepEqual(
    events.flatMap((event) =>
      event.type === 'block-delta' && event.delta.type === 'text' ? [event.delta.text] : [],
    ),
    ['Hel', 'lo, wörld 🎉', '!'],
  )
  assert.equal(events.filter((event) => event.type === 'candidate-end').length, 1)
  assert.throws(
    () => decodeAll(fixture('error.sse')),
    (error) => GatewayError.is(error) && error.status === 503 && error.code === 'UNAVAILABLE',
  )
})

test('a blocked prompt is a content filter, streamed or not', () => {
  const reason = { unified: 'content-filter', raw: 'PROHIBITED_CONTENT' }
  const response = wire.decodeResponse(json('blocked.response.json'), asked)
  assert.deepEqual(response.candidates, [{ index: 0, parts: [], stopReason: reason }])
  const end = decodeAll(fixture('blocked.sse')).find((event) => event.type === 'candidate-end')
  assert.deepEqual(end?.stopReason, reason)
})

test('arguments of a call keep their numbers, whole or in pieces, also interleaved', () => {
  const args = '{"big":12345678901234567890,"one":1.0,"z":1,"a":2}'
  const chunk = `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":${args}}}]},"finishReason":"STOP"}],"responseId":"s"}`
  const delta = decodeFrames([{ data: chunk }]).find((event) => event.type === 'block-delta')?.delta
  assert.deepEqual(delta, { type: 'arguments', text: args })

  const encoder = wire.createStreamEncoder(caller)
  const start = (block: number, name: string): ChatEvent => ({
    type: 'block-start',
    candidate: 0,
    block,
    start: { type: 'tool-call', id: `id${block}`, name },
  })
  const piece = (block: number, text: string): ChatEvent => ({
    type: 'block-delta',
    candidate: 0,
    block,
    delta: { type: 'arguments', text },
  })
  const end = (block: number): ChatEvent => ({ type: 'block-end', candidate: 0, block })
  const events: readonly ChatEvent[] = [
    { type: 'response-start', id: 'i', model: 'm' },
    start(0, 'f'),
    start(1, 'g'),
    piece(0, args.slice(0, 20)),
    piece(1, '{"x":\n'),
    piece(0, args.slice(20)),
    piece(1, ' 1}'),
    end(1),
    end(0),
    start(2, 'h'),
    end(2),
  ]
  const parts = events
    .flatMap((event) => [...encoder.push(event)])
    .map(({ data }) => /"parts":\[(.*)\],"role"/.exec(data)?.[1])
  assert.deepEqual(parts, [
    '{"functionCall":{"id":"id1","name":"g","args":{"x":1}}}',
    `{"functionCall":{"id":"id0","name":"f","args":${args}}}`,
    '{"functionCall":{"id":"id2","name":"h","args":{}}}',
  ])
})

test('the tap reads facts on the side, forwards everything and tells how a stream ended', () => {
  const run = (text: string) => {
    const stream = createNativeStream(wire.createStreamTap({ withholdUsage: false }))
    const forwarded = Buffer.from(stream.push(Buffer.from(text))).toString()
    const { rest, outcome } = stream.end()
    return { output: forwarded + Buffer.from(rest).toString(), outcome, facts: stream.facts() }
  }
  const whole = run(fixture('tools.sse'))
  assert.equal(whole.output, fixture('tools.sse'))
  assert.equal(whole.outcome, 'complete')
  assert.equal(whole.facts.model, 'gemini-3-pro-preview')
  assert.equal(whole.facts.stopReason, 'STOP')
  assert.deepEqual(whole.facts.usage?.output, { total: 29, reasoning: 9 })
  assert.equal(run(fixture('error.sse')).outcome, 'failed')
  assert.equal(run(fixture('blocked.sse')).outcome, 'complete')
  assert.equal(
    run(fixture('candidates.sse').split('\r\n\r\n').slice(0, 3).join('\r\n\r\n')).outcome,
    'truncated',
  )
  assert.equal(wire.tapResponse(json('text.response.json')).usage?.output.total, 51)
  assert.equal(wire.tapResponse(json('blocked.response.json')).stopReason, 'PROHIBITED_CONTENT')
})
