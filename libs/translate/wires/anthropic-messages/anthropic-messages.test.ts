import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import {
  type CallerContext,
  type ChatEvent,
  GatewayError,
  type JsonObject,
  type Message,
  type StreamFrame,
} from '#contract'
import { asked, leastRequest } from '../../asked.suite.ts'
import { createSseDecoder, encodeSse } from '../../framing/sse.ts'
import { createNativeStream } from '../../native-stream.ts'
import { splice } from '../../splice.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { anthropicMessages as wire } from './index.ts'

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const json = (name: string) => JSON.parse(fixture(name)) as JsonObject
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'claude',
  streamUsage: true,
  nowSeconds: 0,
}
const message = [{ role: 'user', content: 'hi' }]

const refused = (body: JsonObject, param: string, act: (body: JsonObject) => unknown) =>
  assert.throws(
    () => act(body),
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )

test('peek leaves max_tokens to the vendor, decodeRequest asks for it', () => {
  const body = { model: 'm', messages: message }
  assert.deepEqual(wire.peek(body), { model: 'm', stream: false, streamUsage: true, fallbacks: [] })
  refused(body, 'max_tokens', wire.decodeRequest)
})

test("peek knows our fallbacks from the vendor's own", () => {
  const peek = (fallbacks: JsonObject['x']) =>
    wire.peek({ model: 'm', messages: message, fallbacks }).fallbacks
  assert.deepEqual(peek(['a/b']), ['a/b'])
  assert.deepEqual(peek([{ model: 'claude-haiku-4-5' }]), [])
  assert.deepEqual(peek('default'), [])
  refused({ model: 'm', messages: message, fallbacks: ['a', { model: 'b' }] }, 'fallbacks', wire.peek)
})

test('the native splice changes the model and takes out only our fallbacks', () => {
  const run = (text: string) => {
    const peek = wire.peek(JSON.parse(text) as JsonObject)
    const change = wire.nativeSplice({ peek, model: 'claude-opus-5', quirks: {}, wantUsage: true })
    return Buffer.from(splice(Buffer.from(text), change)).toString()
  }
  assert.equal(
    run('{"model":"anthropic/claude-opus-5","messages":[{}],"fallbacks":["a/b"],"stream":true}'),
    '{"model":"claude-opus-5","messages":[{}],"stream":true}',
  )
  const vendors = '{"model":"claude-opus-5","messages":[{}],"fallbacks":[{"model":"claude-haiku-4-5"}]}'
  assert.equal(run(vendors), vendors)
})

test('decodeRequest names the member that is wrong', () => {
  const request = (extra: JsonObject) => ({ model: 'm', max_tokens: 5, messages: message, ...extra })
  const cases: readonly (readonly [JsonObject, string])[] = [
    [request({ system: 5 }), 'system'],
    [request({ system: [{ type: 'text' }] }), 'system[0].text'],
    [request({ messages: [{ role: 'tool', content: 'x' }] }), 'messages[0].role'],
    [request({ messages: [{ role: 'user' }] }), 'messages[0].content'],
    [
      request({ messages: [{ role: 'user', content: [{ type: 'image' }] }] }),
      'messages[0].content[0].source',
    ],
    [
      request({ messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }),
      'messages[0].content[0].tool_use_id',
    ],
    [request({ stop_sequences: 'x' }), 'stop_sequences'],
    [request({ max_tokens: 'many' }), 'max_tokens'],
    [request({ tools: [{}] }), 'tools[0].name'],
  ]
  for (const [body, param] of cases) refused(body, param, wire.decodeRequest)
})

test('a request comes back from the canonical form as it was', () => {
  for (const name of ['text.request.json', 'tools.request.json']) {
    const { request } = wire.decodeRequest(json(name))
    const { body } = wire.encodeRequest(request, { model: request.model, quirks: {} })
    const again = wire.decodeRequest(body).request
    const content = (list: readonly Message[]) => list.map(({ role, parts }) => ({ role, parts }))
    assert.deepEqual(
      content(again.messages).flatMap(({ parts }) => parts),
      content(request.messages).flatMap(({ parts }) => parts),
    )
    assert.deepEqual(again.tools, request.tools)
    assert.deepEqual(again.toolChoice, request.toolChoice)
    assert.deepEqual(again.extensions, request.extensions)
    assert.deepEqual(again.responseFormat, request.responseFormat)
  }
})

const sseFrames = (text: string): StreamFrame[] => {
  const decoder = createSseDecoder()
  return [...decoder.push(Buffer.from(text)), ...decoder.end()]
}
function decodeAll(text: string): ChatEvent[] {
  const decoder = wire.createStreamDecoder(asked)
  const events = sseFrames(text).flatMap((frame) => [...decoder.push(frame)])
  return [...events, ...decoder.end()]
}

test('streams come back from the canonical form as the same events', () => {
  for (const name of ['text.sse', 'tools.sse', 'server-tool.sse']) {
    const events = decodeAll(fixture(name))
    const encoder = wire.createStreamEncoder(caller)
    const frames = events.flatMap((event) => [...encoder.push(event)])
    const again = decodeAll(Buffer.from(encodeSse(frames)).toString())
    const plain = (list: ChatEvent[]) => list.filter((event) => event.type !== 'usage')
    assert.deepEqual(plain(again), plain(events), name)
    const usage = (list: ChatEvent[]) => list.findLast((event) => event.type === 'usage')?.usage
    assert.deepEqual(usage(again)?.input.total, usage(events)?.input.total)
    assert.deepEqual(usage(again)?.output, usage(events)?.output)
    assert.deepEqual(encoder.warnings(), [])
  }
})

test('usage adds up cached and written input, cumulative over the stream', () => {
  const usage = decodeAll(fixture('tools.sse')).findLast((event) => event.type === 'usage')?.usage
  assert.deepEqual(usage?.input, { total: 125, uncached: 25, cacheRead: 100, cacheWrite: 0 })
  assert.deepEqual(usage?.output, { total: 89, reasoning: 12 })
})

test('only message_stop ends a stream, an error event is thrown', () => {
  const text = fixture('text.sse')
  assert.throws(
    () => decodeAll(text.slice(0, text.indexOf('event: message_stop'))),
    (error) => GatewayError.is(error) && error.code === 'upstream_stream_truncated',
  )
  assert.throws(
    () => decodeAll(fixture('error.sse')),
    (error) => GatewayError.is(error) && error.status === 529 && error.code === 'overloaded_error',
  )
})

test('a tool input that comes whole with its block is not lost', () => {
  const start = fixture('text.sse').slice(0, fixture('text.sse').indexOf('event: content_block_start'))
  const block = { type: 'tool_use', id: 't', name: 'f', input: { city: 'Rome' } }
  const events = decodeAll(
    `${start}data: ${JSON.stringify({ type: 'content_block_start', index: 0, content_block: block })}\n\ndata: {"type":"content_block_stop","index":0}\n\ndata: {"type":"message_stop"}\n\n`,
  )
  const delta = events.find((event) => event.type === 'block-delta')?.delta
  assert.deepEqual(delta, { type: 'arguments', text: '{"city":"Rome"}' })
})

test('the tap reads facts on the side, forwards everything and tells how a stream ended', () => {
  const run = (text: string) => {
    const stream = createNativeStream(wire.createStreamTap({ withholdUsage: true }))
    const forwarded = Buffer.from(stream.push(Buffer.from(text))).toString()
    const { rest, outcome } = stream.end()
    return { output: forwarded + Buffer.from(rest).toString(), outcome, facts: stream.facts() }
  }
  const text = fixture('tools.sse')
  const whole = run(text)
  assert.equal(whole.output, text)
  assert.equal(whole.outcome, 'complete')
  assert.equal(whole.facts.model, 'claude-sonnet-4-5-20250929')
  assert.equal(whole.facts.stopReason, 'tool_use')
  assert.equal(whole.facts.usage?.output.total, 89)
  assert.equal(run(fixture('error.sse')).outcome, 'failed')
  assert.equal(run(text.slice(0, text.indexOf('event: message_stop'))).outcome, 'truncated')
})

const answer = (status: number, text: string, headers: Record<string, string> = {}) =>
  wire.decodeError({ provider: 'anthropic', status, headers, text, nowMs: 0 })

test('a vendor error keeps status, type and message', () => {
  const error = answer(529, fixture('overloaded.error.json'), { 'retry-after': '3' })
  assert.equal(error.status, 529)
  assert.equal(error.message, 'Overloaded')
  assert.equal(error.retryAfterMs, 3_000)
  assert.deepEqual(error.upstream, {
    provider: 'anthropic',
    status: 529,
    type: 'overloaded_error',
    requestId: 'req_011CSHoEeqs5C35K2UUqR7Fz',
  })
})

test("the member at fault leads our own messages, never another vendor's", () => {
  const message = (error: GatewayError) => {
    const [frame] = wire.encodeStreamError(error, 'r1')
    const { body } = wire.encodeError(error, 'r1')
    assert.deepEqual(JSON.parse(frame?.data ?? ''), body)
    return (body as { error: { message: string } }).error.message
  }
  const own = { kind: 'invalid-request', code: 'invalid_value' } as const
  assert.equal(message(new GatewayError({ ...own, message: 'M400', param: 'p' })), 'p: M400')
  assert.equal(message(new GatewayError({ ...own, message: 'p is wrong', param: 'p' })), 'p is wrong')
  const text = '{"error":{"message":"M400 vendor","type":"invalid_request_error","param":"q"}}'
  const answered = { provider: 'openai', status: 400, headers: {}, text, nowMs: 0 }
  assert.equal(message(openaiChat.decodeError(answered)), 'M400 vendor')
  const decoder = openaiChat.createStreamDecoder(asked)
  assert.throws(
    () => decoder.push({ data: text }),
    (error) => GatewayError.is(error) && error.param === 'q' && message(error) === 'M400 vendor',
  )
})

async function raise(error: GatewayError): Promise<InstanceType<typeof Anthropic.APIError>> {
  const { status, body } = wire.encodeError(error, 'r1')
  const client = new Anthropic({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => Response.json(body, { status, headers: { 'request-id': 'r1' } }),
  })
  const failure = await client.messages
    .create({ model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] })
    .then(
      () => undefined,
      (reason: unknown) => reason,
    )
  assert.ok(failure instanceof Anthropic.APIError)
  return failure
}

test('the official client raises its own class for every error', async () => {
  const own = (kind: GatewayError['kind'], code: string) => new GatewayError({ kind, code, message: 'm' })
  const cases = [
    [own('invalid-request', 'invalid_type'), Anthropic.BadRequestError, 'invalid_request_error'],
    [own('unauthenticated', 'invalid_api_key'), Anthropic.AuthenticationError, 'authentication_error'],
    [own('forbidden', 'forbidden'), Anthropic.PermissionDeniedError, 'permission_error'],
    [own('not-found', 'model_not_found'), Anthropic.NotFoundError, 'not_found_error'],
    [own('too-large', 'too_large'), Anthropic.APIError, 'request_too_large'],
    [own('queue-full', 'queue_full'), Anthropic.RateLimitError, 'rate_limit_error'],
    [own('internal', 'internal_error'), Anthropic.InternalServerError, 'api_error'],
    [own('timeout', 'queue_timeout'), Anthropic.InternalServerError, 'timeout_error'],
    [answer(401, fixture('invalid-key.error.json')), Anthropic.AuthenticationError, 'authentication_error'],
    [answer(529, fixture('overloaded.error.json')), Anthropic.InternalServerError, 'overloaded_error'],
    [answer(500, '<html>'), Anthropic.InternalServerError, 'api_error'],
  ] as const
  for (const [error, expected, type] of cases) {
    const raised = await raise(error)
    assert.ok(raised instanceof expected, error.code)
    assert.equal(raised.status, error.status)
    assert.equal(raised.type, type)
    assert.equal(raised.requestID, 'r1')
    if (error.upstream === undefined) assert.equal(raised.errorCode, error.code)
  }
})

test('the official client raises for an error inside a stream, and reads our streams whole', async () => {
  const stream = async (bytes: string) => {
    const client = new Anthropic({
      apiKey: 'none',
      maxRetries: 0,
      fetch: async () => new Response(bytes, { headers: { 'content-type': 'text/event-stream' } }),
    })
    return client.messages
      .stream({ model: 'm', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] })
      .finalMessage()
  }
  const error = new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_stream_truncated',
    message: 'It ended.',
  })
  const begun = fixture('text.sse').slice(0, fixture('text.sse').indexOf('event: content_block_start'))
  const failing = begun + Buffer.from(encodeSse(wire.encodeStreamError(error, 'r1'))).toString()
  await assert.rejects(
    stream(failing),
    (raised) => raised instanceof Anthropic.APIError && /It ended/.test(raised.message),
  )

  const crossed = await stream(fixture('crossed/tools.sse'))
  assert.deepEqual(
    crossed.content.map((block) => (block.type === 'tool_use' ? block.input : block.type)),
    ['text', { city: 'Paris' }, { city: 'Rome' }],
  )
  assert.equal(crossed.stop_reason, 'tool_use')
  assert.equal(crossed.usage.input_tokens, 19)
  assert.equal(crossed.usage.output_tokens, 10)
})
