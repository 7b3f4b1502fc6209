import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import OpenAI from 'openai'
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
import { openaiChat as wire } from './index.ts'

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const json = (name: string) => JSON.parse(fixture(name)) as JsonObject
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'gpt-4o',
  streamUsage: true,
  nowSeconds: 1_700_000_000,
}
const message = [{ role: 'user', content: 'hi' }]

const refused = (body: JsonObject, param: string, act: (body: JsonObject) => unknown = wire.peek) =>
  assert.throws(
    () => act(body),
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )

test('peek reads model, stream, usage and fallbacks', () => {
  const body = {
    model: 'a/b',
    messages: message,
    stream: true,
    stream_options: { include_usage: true },
    fallbacks: ['c/d'],
  }
  assert.deepEqual(wire.peek(body), { model: 'a/b', stream: true, streamUsage: true, fallbacks: ['c/d'] })
  const plain = wire.peek({ model: 'm', messages: message, stream: null, stream_options: null })
  assert.deepEqual(plain, { model: 'm', stream: false, streamUsage: false, fallbacks: [] })
})

test('peek names the member that is wrong', () => {
  refused({ messages: message }, 'model')
  refused({ model: 1, messages: message }, 'model')
  refused({ model: ' ', messages: message }, 'model')
  refused({ model: 'm' }, 'messages')
  refused({ model: 'm', messages: 'hi' }, 'messages')
  refused({ model: 'm', messages: [] }, 'messages')
  refused({ model: 'm', messages: message, stream: 'yes' }, 'stream')
  refused({ model: 'm', messages: message, fallbacks: 'x' }, 'fallbacks')
  refused({ model: 'm', messages: message, fallbacks: [{ model: 'x' }] }, 'fallbacks')
  refused({ model: 'm', messages: message, stream_options: 1 }, 'stream_options')
})

test('decodeRequest names the member that is wrong', () => {
  const request = (extra: JsonObject) => ({ model: 'm', messages: message, ...extra })
  const cases: readonly (readonly [JsonObject, string])[] = [
    [request({ temperature: 'hot' }), 'temperature'],
    [request({ stop: [1] }), 'stop[0]'],
    [request({ messages: ['hi'] }), 'messages[0]'],
    [request({ messages: [{ role: 'robot', content: '' }] }), 'messages[0].role'],
    [request({ messages: [{ role: 'user', content: 5 }] }), 'messages[0].content'],
    [request({ messages: [{ role: 'user', content: [{ type: 'text' }] }] }), 'messages[0].content[0].text'],
    [request({ messages: [{ role: 'tool', content: 'x' }] }), 'messages[0].tool_call_id'],
    [request({ tools: [{ type: 'function' }] }), 'tools[0].function'],
    [request({ response_format: { type: 'xml' } }), 'response_format.type'],
    [request({ reasoning_effort: 'huge' }), 'reasoning_effort'],
  ]
  for (const [body, param] of cases) refused(body, param, wire.decodeRequest)
})

test('the native splice changes the model, asks for the usage chunk and takes our fallbacks out', () => {
  const text =
    '{ "model":"openai/gpt-4o", "n":1.0, "messages":[{}], "stream":true,"stream_options":{"include_obfuscation":false},"fallbacks":["x"]}'
  const peek = wire.peek(JSON.parse(text) as JsonObject)
  const spliced = (quirks: { noStreamOptions?: boolean }, wantUsage: boolean) =>
    Buffer.from(
      splice(Buffer.from(text), wire.nativeSplice({ peek, model: 'gpt-4o', quirks, wantUsage })),
    ).toString()
  assert.equal(
    spliced({}, true),
    '{ "model":"gpt-4o", "n":1.0, "messages":[{}], "stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true}}',
  )
  const untouched =
    '{ "model":"gpt-4o", "n":1.0, "messages":[{}], "stream":true,"stream_options":{"include_obfuscation":false}}'
  assert.equal(spliced({ noStreamOptions: true }, true), untouched.replace(/,"stream_options":\{.*?\}/, ''))
  assert.equal(spliced({}, false), untouched)
})

test('the native splice leaves a body alone that needs nothing', () => {
  const text = Buffer.from(
    '{"model":"gpt-4o","messages":[],"stream":true,"stream_options":{"include_usage":true}}',
  )
  const peek = { model: 'gpt-4o', stream: true, streamUsage: true, fallbacks: [] }
  assert.equal(splice(text, wire.nativeSplice({ peek, model: 'gpt-4o', quirks: {}, wantUsage: true })), text)
})

test('quirks name the token limit and leave stream_options out', () => {
  const { request } = wire.decodeRequest({ model: 'm', messages: message, max_tokens: 9, stream: true })
  const { body } = wire.encodeRequest(request, {
    model: 'm',
    quirks: { maxTokensField: 'max_tokens', noStreamOptions: true },
  })
  assert.deepEqual(body, { model: 'm', messages: message, max_tokens: 9, stream: true })
})

test('a request comes back from the canonical form as it was, less our own members', () => {
  for (const name of ['text.request.json', 'tools.request.json']) {
    const original = json(name)
    const { request } = wire.decodeRequest(original)
    const { body } = wire.encodeRequest(request, { model: String(original['model']), quirks: {} })
    const again = wire.decodeRequest(body)
    assert.deepEqual(again.request, request, name)
  }
})

test('answers come back from the canonical form as they were', () => {
  for (const name of ['text.response.json', 'tools.response.json']) {
    const response = wire.decodeResponse(json(name), asked)
    const again = wire.decodeResponse(wire.encodeResponse(response, caller).body, asked)
    assert.deepEqual({ ...again, usage: undefined }, { ...response, usage: undefined }, name)
    assert.deepEqual(again.usage?.input, response.usage?.input)
    assert.equal(again.usage?.output.reasoning, response.usage?.output.reasoning)
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
  for (const name of ['text.sse', 'tools.sse']) {
    const events = decodeAll(fixture(name))
    const encoder = wire.createStreamEncoder(caller)
    const frames = events.flatMap((event) => [...encoder.push(event)])
    const again = decodeAll(Buffer.from(encodeSse(frames)).toString())
    const plain = (list: ChatEvent[]) => list.map((event) => (event.type === 'usage' ? event.type : event))
    assert.deepEqual(plain(again), plain(events), name)
    assert.deepEqual(encoder.warnings(), [])
  }
})

test('a stream ends naturally with [DONE] or with every finish_reason, else it was cut', () => {
  const text = fixture('text.sse')
  assert.equal(decodeAll(text).at(-1)?.type, 'response-end')
  assert.equal(decodeAll(text.replace('data: [DONE]\n\n', '')).at(-1)?.type, 'response-end')
  const cut = text.slice(0, text.indexOf('"finish_reason":"stop"') - 400)
  assert.throws(
    () => decodeAll(cut.slice(0, cut.lastIndexOf('\n\n') + 2)),
    (error) => GatewayError.is(error) && error.code === 'upstream_stream_truncated',
  )
})

test('an error inside a stream is thrown with the status that its type stands for', () => {
  assert.throws(
    () => decodeAll(fixture('error.sse')),
    (error) =>
      GatewayError.is(error) &&
      error.kind === 'upstream-rejected' &&
      error.status === 500 &&
      error.message.startsWith('The server had an error'),
  )
})

test('tool calls that a server all numbers 0 stay apart, interleaved arguments stay together', () => {
  const call = (index: number, id: string | undefined, name: string | undefined, text: string) =>
    `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { tool_calls: [{ index, id, function: { name, arguments: text } }] }, finish_reason: null }] })}\n\n`
  const finish = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
  const collect = (text: string) => {
    const texts = new Map<number, string>()
    for (const event of decodeAll(text)) {
      if (event.type === 'block-start') texts.set(event.block, '')
      if (event.type === 'block-delta' && event.delta.type === 'arguments') {
        texts.set(event.block, (texts.get(event.block) ?? '') + event.delta.text)
      }
    }
    return [...texts.values()]
  }
  assert.deepEqual(collect(call(0, 'a', 'f', '{"x":1}') + call(0, 'b', 'g', '{"y":2}') + finish), [
    '{"x":1}',
    '{"y":2}',
  ])
  const mixed =
    call(0, 'a', 'f', '{"x"') +
    call(1, 'b', 'g', '{"y"') +
    call(0, undefined, undefined, ':1}') +
    call(1, undefined, undefined, ':2}')
  assert.deepEqual(collect(mixed + finish), ['{"x":1}', '{"y":2}'])
})

test('the tap reads facts on the side and withholds the usage chunk alone', () => {
  for (const withholdUsage of [true, false]) {
    const stream = createNativeStream(wire.createStreamTap({ withholdUsage }))
    const text = fixture('text.sse')
    const forwarded = Buffer.from(stream.push(Buffer.from(text))).toString()
    const { rest, outcome } = stream.end()
    const usageChunk = sseFrames(text).find((frame) => frame.data.includes('"choices":[]'))?.data ?? ''
    const wanted = withholdUsage ? text.replace(`data: ${usageChunk}\n\n`, '') : text
    assert.equal(forwarded + Buffer.from(rest).toString(), wanted)
    assert.equal(outcome, 'complete')
    const facts = stream.facts()
    assert.equal(facts.model, 'gpt-4o-2024-08-06')
    assert.equal(facts.stopReason, 'stop')
    assert.deepEqual(facts.usage?.input.total, 19)
  }
})

test('the tap tells a failed stream and a cut one from a whole one', () => {
  const outcome = (text: string) => {
    const stream = createNativeStream(wire.createStreamTap({ withholdUsage: false }))
    stream.push(Buffer.from(text))
    return stream.end().outcome
  }
  assert.equal(outcome(fixture('error.sse')), 'failed')
  assert.equal(outcome(fixture('text.sse').slice(0, 600)), 'truncated')
  assert.equal(outcome(fixture('text.sse').replace('data: [DONE]\n\n', '')), 'complete')
  assert.equal(outcome(fixture('text.sse').replaceAll(':', ': ')), 'complete')
})

test('a tapped answer gives model, reason and usage', () => {
  const facts = wire.tapResponse(json('text.response.json'))
  assert.equal(facts.model, 'gpt-4o-2024-08-06')
  assert.equal(facts.stopReason, 'stop')
  assert.deepEqual(facts.usage?.input, { total: 1219, cacheRead: 1024, uncached: 195, audio: 0 })
})

const answer = (status: number, text: string, headers: Record<string, string> = {}) =>
  wire.decodeError({ provider: 'openai', status, headers, text, nowMs: 0 })

test('a vendor error keeps status, type, code and message, without the key', () => {
  const error = answer(401, fixture('invalid-key.error.json'), { 'x-request-id': 'req_1' })
  assert.equal(error.kind, 'upstream-rejected')
  assert.equal(error.status, 401)
  assert.equal(error.code, 'invalid_api_key')
  assert.ok(error.message.startsWith('Incorrect API key provided: ***.'))
  assert.deepEqual(error.upstream, {
    provider: 'openai',
    status: 401,
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    requestId: 'req_1',
  })
})

test('an error in no known shape is described, never shown', () => {
  const html = answer(502, '<html>secret proxy page</html>', { 'content-type': 'text/html; charset=utf-8' })
  assert.equal(html.status, 502)
  assert.ok(
    html.message.includes('502') &&
      html.message.includes('text/html') &&
      !html.message.includes('proxy page'),
  )
  assert.ok(answer(503, '').message.includes('an empty body'))
  assert.equal(
    answer(400, '[{"error":{"message":"bad","status":"INVALID_ARGUMENT","code":400}}]').message,
    'bad',
  )
  assert.equal(answer(404, '{"detail":"Not Found"}').message, 'Not Found')
  assert.equal(answer(307, '').status, 502)
})

/** What the official client raises for one of our errors. */
async function raise(error: GatewayError): Promise<InstanceType<typeof OpenAI.APIError>> {
  const { status, body } = wire.encodeError(error, 'r1')
  const client = new OpenAI({
    apiKey: 'none',
    maxRetries: 0,
    fetch: async () => Response.json(body, { status, headers: { 'x-request-id': 'r1' } }),
  })
  const failure = await client.chat.completions
    .create({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })
    .then(
      () => undefined,
      (reason: unknown) => reason,
    )
  assert.ok(failure instanceof OpenAI.APIError)
  return failure
}

test('the official client raises its own class for every error', async () => {
  const own = (kind: GatewayError['kind'], code: string) =>
    new GatewayError({ kind, code, message: 'm', param: 'p' })
  const cases = [
    [own('invalid-request', 'invalid_type'), OpenAI.BadRequestError],
    [own('unauthenticated', 'invalid_api_key'), OpenAI.AuthenticationError],
    [own('forbidden', 'forbidden'), OpenAI.PermissionDeniedError],
    [own('not-found', 'model_not_found'), OpenAI.NotFoundError],
    [own('queue-full', 'queue_full'), OpenAI.RateLimitError],
    [own('internal', 'internal_error'), OpenAI.InternalServerError],
    [own('timeout', 'queue_timeout'), OpenAI.InternalServerError],
  ] as const
  for (const [error, expected] of cases) {
    const raised = await raise(error)
    assert.ok(raised instanceof expected, error.code)
    assert.equal(raised.code, error.code)
    assert.equal(raised.param, 'p')
  }
  const upstream = await raise(answer(429, fixture('rate-limit.error.json'), { 'retry-after': '1' }))
  assert.ok(upstream instanceof OpenAI.RateLimitError)
  assert.equal(upstream.type, 'tokens')
  assert.equal(upstream.code, 'rate_limit_exceeded')
})

test('the official client raises for an error inside a stream, and reads our streams whole', async () => {
  const stream = async (bytes: string | Uint8Array) => {
    const client = new OpenAI({
      apiKey: 'none',
      maxRetries: 0,
      fetch: async () =>
        new Response(Buffer.from(bytes), { headers: { 'content-type': 'text/event-stream' } }),
    })
    return client.chat.completions
      .stream({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })
      .finalChatCompletion()
  }
  const error = new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_stream_truncated',
    message: 'It ended.',
  })
  const begun = fixture('text.sse').slice(0, fixture('text.sse').indexOf('\n\n') + 2)
  const failing = begun + Buffer.from(encodeSse(wire.encodeStreamError(error, 'r1'))).toString()
  await assert.rejects(
    stream(failing),
    (raised) => raised instanceof OpenAI.APIError && /It ended/.test(raised.message),
  )

  const crossed = await stream(fixture('crossed/tools.sse'))
  const [choice] = crossed.choices
  assert.equal(choice?.message.content, 'Let me look.')
  const calls = choice?.message.tool_calls?.map((call) =>
    call.type === 'function' ? call.function.arguments : '',
  )
  assert.deepEqual(calls, ['{"city": "Paris"}', '{}'])
  assert.equal(choice?.finish_reason, 'tool_calls')
  assert.equal(crossed.usage?.completion_tokens_details?.reasoning_tokens, 12)
})
