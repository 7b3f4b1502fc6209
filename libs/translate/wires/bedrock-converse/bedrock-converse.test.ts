import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type CallerContext,
  type ChatEvent,
  type ChatRequest,
  GatewayError,
  type JsonObject,
} from '#contract'
import { asked, leastRequest } from '../../asked.suite.ts'
import { createFrameDecoder, createFrameEncoder } from '../../framing/frames.ts'
import { createNativeStream } from '../../native-stream.ts'
import { splice } from '../../splice.ts'
import { readJson, readStream } from './fixtures.suite.ts'
import { bedrockConverse as wire } from './index.ts'
import { createClient, generations, throughSdk } from './sdk.suite.ts'

const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'
const address = { model: claude, stream: false }
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: claude,
  streamUsage: true,
  nowSeconds: 0,
}
const hi = [{ role: 'user', content: [{ text: 'hi' }] }]

const refused = (body: JsonObject, param: string, act: (body: JsonObject) => unknown) =>
  assert.throws(
    () => act(body),
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )

test('peek reads model and stream from the address; the splice takes out only our fallbacks', () => {
  const body = { messages: hi, fallbacks: ['a/b'] }
  const peek = wire.peek(body, { model: claude, stream: true })
  assert.deepEqual(peek, { model: claude, stream: true, streamUsage: true, fallbacks: ['a/b'] })
  refused(body, 'modelId', wire.peek)
  const change = wire.nativeSplice({ peek, model: 'other', quirks: {}, wantUsage: true })
  const text = '{"fallbacks":["a/b"],"messages":[ 1.0 ]}'
  assert.equal(Buffer.from(splice(Buffer.from(text), change)).toString(), '{"messages":[ 1.0 ]}')
  assert.equal(wire.peek({ promptVariables: {} }, address).model, claude)
})

test('decodeRequest names the member that is wrong', () => {
  const content = (block: JsonObject) => ({ messages: [{ role: 'user', content: [block] }] })
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{}, 'messages'],
    [{ messages: [{ role: 'tool', content: [] }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: 'hi' }] }, 'messages[0].content'],
    [content({ text: 5 }), 'messages[0].content[0].text'],
    [content({ image: { source: { bytes: '' } } }), 'messages[0].content[0].image.format'],
    [content({ image: { format: 'png' } }), 'messages[0].content[0].image.source'],
    [content({ toolResult: { content: [] } }), 'messages[0].content[0].toolResult.toolUseId'],
    [
      content({ toolResult: { toolUseId: 'a', content: [{ text: 1 }] } }),
      'messages[0].content[0].toolResult.content[0].text',
    ],
    [{ messages: hi, system: 'x' }, 'system'],
    [{ messages: hi, inferenceConfig: { maxTokens: '5' } }, 'inferenceConfig.maxTokens'],
    [{ messages: hi, toolConfig: { tools: [{ toolSpec: {} }] } }, 'toolConfig.tools[0].toolSpec.name'],
    [{ messages: hi, requestMetadata: 'x' }, 'requestMetadata'],
  ]
  for (const [body, param] of cases) refused(body, param, (given) => wire.decodeRequest(given, address))
})

test('a request comes back from the canonical form as it was, and holds only what the vendor knows', async () => {
  const cases = [
    ['text.request.json', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc'],
    ['tools.request.json', claude],
  ] as const
  for (const [name, model] of cases) {
    const { request } = wire.decodeRequest(readJson(name), address)
    const encoded = wire.encodeRequest(request, { model, quirks: {} })
    assert.deepEqual(wire.decodeRequest(encoded.body, address).request, request, name)
    assert.deepEqual(await throughSdk(encoded.body), JSON.parse(JSON.stringify(encoded.body)), name)
  }
})

test("what a request's way there and back changes is told", () => {
  const text = wire.decodeRequest(readJson('text.request.json'), address)
  const encoded = wire.encodeRequest(text.request, { model: claude, quirks: {} })
  // Claude 4.5 takes temperature or topP.
  const { inferenceConfig, ...body } = readJson('text.request.json')
  const { topP: _gone, ...config } = inferenceConfig as JsonObject
  assert.deepEqual(encoded.body, { ...body, inferenceConfig: config })
  assert.deepEqual(encoded.warnings, [{ code: 'unsupported', path: 'top_p' }])
  const tools = wire.decodeRequest(readJson('tools.request.json'), address)
  assert.deepEqual(tools.warnings, [
    { code: 'changed', path: 'messages[2].content[0].toolResult.content[1].json' },
  ])
  assert.deepEqual(wire.encodeRequest(tools.request, { model: claude, quirks: {} }).warnings, [])
})

test('cache points become marks of what stands before them, tools and system prompt too', () => {
  const { request } = wire.decodeRequest(readJson('tools.request.json'), address)
  const marks = request.messages.flatMap(({ parts }) =>
    parts.map((part) => (part.type === 'opaque' ? 'opaque' : part.cache)),
  )
  assert.deepEqual(marks.slice(-4), [undefined, {}, undefined, 'opaque'])
  assert.deepEqual(
    request.tools?.map((tool) => tool.type === 'function' && tool.cache),
    [{ ttl: '5m' }, false],
  )
  const point = { cachePoint: { type: 'default' } }
  const behind = { messages: [{ role: 'user', content: [{ text: 'a' }, point, { image: {} }] }] }
  refused(behind, 'messages[0].content[2].image.format', (body) => wire.decodeRequest(body, address))
  const cut = decodedOf([
    { text: 'a' },
    point,
    { toolResult: { toolUseId: 't', content: [] } },
    point,
    { text: 'b' },
  ])
  assert.deepEqual(
    cut.messages.map(({ firstPart, partPositions }) => [firstPart, partPositions]),
    [
      [undefined, undefined],
      [1, [2]],
      [2, [4]],
    ],
  )
  const stray = { messages: [{ role: 'user', content: [point, { text: 'a' }, point, point] }] }
  const decoded = wire.decodeRequest(stray, address).request
  assert.deepEqual(decoded.messages[0]?.parts, [
    { type: 'opaque', wire: 'bedrock-converse', value: point },
    { type: 'text', text: 'a', cache: {} },
    { type: 'opaque', wire: 'bedrock-converse', value: point },
  ])
  assert.deepEqual(
    wire.encodeRequest(decoded, { model: claude, quirks: {} }).body['messages'],
    stray.messages,
  )
})

function decodedOf(content: readonly JsonObject[]): ChatRequest {
  return wire.decodeRequest({ messages: [{ role: 'user', content }] }, address).request
}

function framesOf(bytes: Uint8Array) {
  const decoder = createFrameDecoder('aws-event-stream')
  return [...decoder.push(bytes), ...decoder.end()]
}
function decodeAll(bytes: Uint8Array, context = asked): ChatEvent[] {
  const decoder = wire.createStreamDecoder(context)
  const events = framesOf(bytes).flatMap((frame) => [...decoder.push(frame)])
  return [...events, ...decoder.end()]
}
function encodeAll(events: readonly ChatEvent[]) {
  const encoder = wire.createStreamEncoder(caller)
  const frames = events.flatMap((event) => [...encoder.push(event)])
  return { bytes: createFrameEncoder('aws-event-stream').push(frames), warnings: encoder.warnings() }
}

test('streams come back from the canonical form as the same events, whatever the split', () => {
  for (const name of ['text.stream.jsonl', 'tools.stream.jsonl']) {
    const bytes = readStream(name)
    const events = decodeAll(bytes)
    const encoded = encodeAll(events)
    const withoutRaw = (list: ChatEvent[]) =>
      list.map((event) => (event.type === 'usage' ? { ...event.usage, raw: undefined } : event))
    assert.deepEqual(withoutRaw(decodeAll(encoded.bytes)), withoutRaw(events), name)
    assert.deepEqual(encoded.warnings, [])
    fc.assert(
      fc.property(fc.nat(bytes.length), (cut) => {
        const framesIn = createFrameDecoder('aws-event-stream')
        const decoder = wire.createStreamDecoder(asked)
        const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)]
        const found = pieces
          .flatMap((piece) => framesIn.push(piece))
          .flatMap((frame) => [...decoder.push(frame)])
        assert.deepEqual([...found, ...decoder.end()], events)
      }),
      { numRuns: 500 },
    )
  }
})

test('usage adds up cached input; arguments keep their digits', () => {
  const usage = decodeAll(readStream('text.stream.jsonl')).find((event) => event.type === 'usage')?.usage
  assert.deepEqual(usage?.input, { total: 125, uncached: 25, cacheRead: 100, cacheWrite: 0 })
  assert.deepEqual(usage?.output, { total: 12 })
  const args = decodeAll(readStream('tools.stream.jsonl')).flatMap((event) =>
    event.type === 'block-delta' && event.delta.type === 'arguments' ? event.delta.text : [],
  )
  assert.equal(args.join(''), '{"city": "Paris", "id": 12345678901234567890}')
})

test('messageStop ends a stream, an exception is thrown with its status', () => {
  assert.throws(
    () => decodeAll(readStream('text.stream.jsonl', { until: 5 })),
    (error) => GatewayError.is(error) && error.code === 'upstream_stream_truncated',
  )
  const withoutUsage = decodeAll(readStream('text.stream.jsonl', { until: 6 }))
  assert.equal(withoutUsage.at(-1)?.type, 'response-end')
  assert.throws(
    () => decodeAll(readStream('error.stream.jsonl')),
    (error) => GatewayError.is(error) && error.status === 424 && error.code === 'ModelStreamErrorException',
  )
})

test('the tap reads facts on the side, forwards everything and tells how a stream ended', () => {
  const run = (bytes: Buffer) => {
    const stream = createNativeStream(wire.createStreamTap({ withholdUsage: true }), {
      format: 'aws-event-stream',
    })
    const forwarded = Buffer.from(stream.push(bytes))
    const { rest, outcome } = stream.end()
    return { output: Buffer.concat([forwarded, rest]), outcome, facts: stream.facts() }
  }
  const bytes = readStream('tools.stream.jsonl')
  const whole = run(bytes)
  assert.deepEqual(whole.output, bytes)
  assert.equal(whole.outcome, 'complete')
  assert.equal(whole.facts.stopReason, 'tool_use')
  assert.equal(whole.facts.usage?.output.total, 40)
  assert.equal(run(readStream('error.stream.jsonl')).outcome, 'failed')
  assert.equal(run(readStream('tools.stream.jsonl', { until: 10 })).outcome, 'truncated')
  assert.throws(
    () => run(bytes.subarray(0, -1)),
    (error) => GatewayError.is(error),
  )
})

test('answers are read, and written so that both generations of the client read them', async () => {
  for (const name of ['text.response.json', 'tools.response.json']) {
    const decoded = wire.decodeResponse(readJson(name), { ...asked, model: claude })
    const encoded = wire.encodeResponse(decoded, caller)
    assert.deepEqual(encoded.warnings, [])
    const again = wire.decodeResponse(encoded.body, { ...asked, model: claude })
    assert.deepEqual(again.candidates[0]?.parts, decoded.candidates[0]?.parts)
    assert.deepEqual(again.extensions, decoded.extensions)
    assert.equal(again.candidates[0]?.stopReason.unified, decoded.candidates[0]?.stopReason.unified)
    for (const { name: generation, sdk } of generations) {
      const client = createClient(sdk, { body: JSON.stringify(encoded.body) })
      const answer = await client.send(new sdk.ConverseCommand({ modelId: claude, messages: [] }))
      assert.equal(answer.stopReason, readJson(name)['stopReason'], generation)
      assert.equal(answer.usage?.totalTokens, (readJson(name)['usage'] as JsonObject)['totalTokens'])
      assert.equal(answer.metrics?.latencyMs, 0)
    }
  }
  const text = wire.decodeResponse(readJson('text.response.json'), { ...asked, model: claude })
  assert.deepEqual(text.candidates[0]?.stopReason, {
    unified: 'stop-sequence',
    raw: 'stop_sequence',
    sequence: 'END',
  })
  const paths = { 'bedrock-converse': { additionalModelResponseFieldPaths: ['/stop_sequence'] } }
  const askedFor = { ...caller, request: { ...leastRequest, extensions: paths } }
  assert.deepEqual(wire.encodeResponse(text, askedFor).body['additionalModelResponseFields'], {
    stop_sequence: 'END',
  })
})

test('both generations of the client read our streams, and raise for an error in one', async () => {
  const begun = readStream('text.stream.jsonl', { until: 2 })
  const error = new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_stream_truncated',
    message: 'It ended.',
  })
  const failing = createFrameEncoder('aws-event-stream').push(wire.encodeStreamError(error, 'r1'))
  const { bytes } = encodeAll(decodeAll(readStream('tools.stream.jsonl')))
  for (const { name, sdk } of generations) {
    const stream = async (body: Uint8Array) => {
      const headers = { 'content-type': 'application/vnd.amazon.eventstream' }
      const answer = await createClient(sdk, { body, headers }).send(
        new sdk.ConverseStreamCommand({ modelId: claude, messages: [] }),
      )
      return await Array.fromAsync(answer.stream ?? [])
    }
    const events = await stream(bytes)
    assert.deepEqual(
      events.map((event) => Object.keys(event)[0]),
      [
        'messageStart',
        ...['contentBlockDelta', 'contentBlockDelta', 'contentBlockDelta', 'contentBlockStop'],
        ...['contentBlockDelta', 'contentBlockStop', 'contentBlockDelta', 'contentBlockStop'],
        ...['contentBlockStart', 'contentBlockDelta', 'contentBlockDelta', 'contentBlockStop'],
        'messageStop',
        'metadata',
      ],
      name,
    )
    assert.deepEqual(
      events[5]?.contentBlockDelta?.delta?.reasoningContent?.redactedContent,
      new Uint8Array(Buffer.from('redacted')),
    )
    assert.equal(events.at(-1)?.metadata?.usage?.totalTokens, 59)
    await assert.rejects(
      stream(Buffer.concat([begun, failing])),
      (raised: Error) => raised.name === 'ModelStreamErrorException' && raised.message === 'It ended.',
    )
  }
})
