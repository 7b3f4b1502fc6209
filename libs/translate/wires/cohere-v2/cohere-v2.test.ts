import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CohereClientV2, CohereError } from 'cohere-ai'
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
import { runsOf } from '../../property-runs.suite.ts'
import { splice } from '../../splice.ts'
import { cohereV2 as wire } from './index.ts'
import { assertPublished, assertPublishedEvent } from './published.suite.ts'

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
const json = (name: string) => JSON.parse(fixture(name)) as JsonObject
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'command-a-plus-05-2026',
  streamUsage: true,
  nowSeconds: 1_700_000_000,
}
const message = [{ role: 'user', content: 'hi' }]
const requests = ['text.request.json', 'tools.request.json', 'structured.request.json']

const refused = (body: JsonObject, param: string, act: (body: JsonObject) => unknown = wire.peek) =>
  assert.throws(
    () => act(body),
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )

test('peek reads model, stream and fallbacks; usage always comes', () => {
  const body = { model: 'cohere/command-r7b-12-2024', messages: message, stream: true, fallbacks: ['c/d'] }
  assert.deepEqual(wire.peek(body), {
    model: 'cohere/command-r7b-12-2024',
    stream: true,
    streamUsage: true,
    fallbacks: ['c/d'],
  })
  refused({ messages: message }, 'model')
  refused({ model: 'm', messages: [] }, 'messages')
  refused({ model: 'm', messages: message, stream: 'yes' }, 'stream')
})

test('the native splice changes the model and takes our fallbacks out', () => {
  const text = '{"model":"cohere/command-r7b-12-2024", "p":0.50,"stream":true,"fallbacks":["x"]}'
  const peek = { model: 'cohere/command-r7b-12-2024', stream: true, streamUsage: true, fallbacks: ['x'] }
  const change = wire.nativeSplice({ peek, model: 'command-r7b-12-2024', quirks: {}, wantUsage: true })
  const spliced = Buffer.from(splice(Buffer.from(text), change)).toString()
  assert.equal(spliced, '{"model":"command-r7b-12-2024", "p":0.50,"stream":true}')
})

test('decodeRequest names the member that is wrong', () => {
  const request = (extra: JsonObject) => ({ model: 'm', messages: message, ...extra })
  const turn = (value: JsonObject) => request({ messages: [value] })
  const cases: readonly (readonly [JsonObject, string])[] = [
    [request({ temperature: 'hot' }), 'temperature'],
    [request({ stop_sequences: 'END' }), 'stop_sequences'],
    [request({ tool_choice: 'ANY' }), 'tool_choice'],
    [request({ response_format: { type: 'json_schema' } }), 'response_format.type'],
    [request({ thinking: { type: 'adaptive' } }), 'thinking.type'],
    [request({ documents: [1] }), 'documents[0]'],
    [request({ documents: [{ data: 1 }] }), 'documents[0].data'],
    [request({ tools: [{ type: 'function' }] }), 'tools[0].function'],
    [turn({ role: 'developer', content: '' }), 'messages[0].role'],
    [turn({ role: 'user', content: 5 }), 'messages[0].content'],
    [turn({ role: 'user', content: [{ type: 'text' }] }), 'messages[0].content[0].text'],
    [turn({ role: 'user', content: [{ type: 'image_url' }] }), 'messages[0].content[0].image_url'],
    [turn({ role: 'tool', content: 'x' }), 'messages[0].tool_call_id'],
    [
      turn({ role: 'tool', tool_call_id: 'a', content: [{ type: 'document', document: {} }] }),
      'messages[0].content[0].document.data',
    ],
    [turn({ role: 'assistant', tool_calls: [{ id: 'a' }] }), 'messages[0].tool_calls[0].function'],
    [turn({ role: 'assistant', tool_plan: 1 }), 'messages[0].tool_plan'],
  ]
  for (const [body, param] of cases) refused(body, param, wire.decodeRequest)
})

test('the fixtures are what the vendor publishes', () => {
  for (const name of requests) assertPublished('V2ChatRequest', json(name))
  for (const name of ['text.response.json', 'tools.response.json']) {
    assertPublished('V2ChatResponse', json(name))
  }
  for (const name of ['text.sse', 'tools.sse', 'error.sse']) {
    for (const { data } of sseFrames(fixture(name))) {
      if (data !== '[DONE]') assertPublishedEvent(JSON.parse(data) as JsonObject)
    }
  }
})

test('a request comes back from the canonical form as it was', () => {
  for (const name of requests) {
    const original = json(name)
    const { request } = wire.decodeRequest(original)
    const queued = JSON.parse(JSON.stringify(request)) as typeof request
    const encoded = wire.encodeRequest(queued, { model: String(original['model']), quirks: {} })
    assert.deepEqual(encoded, { body: original, warnings: [] }, name)
  }
})

test('documents are a turn of the user before its last one, citations stay with their text', () => {
  const { messages } = wire.decodeRequest(json('text.request.json')).request
  assert.deepEqual(
    messages.map(({ role, path }) => `${role} ${path}`),
    ['system messages[0]', 'user messages[1]', 'assistant messages[2]', 'user documents', 'user messages[3]'],
  )
  const [thinking, text] = messages[2]?.parts ?? []
  assert.deepEqual(thinking, { type: 'reasoning', text: 'A greeting.' })
  assert.ok(text?.type === 'text' && text.citations?.length === 1)
  const loose = messages[2]?.extensions?.['cohere-v2']?.['citations']
  assert.ok(Array.isArray(loose) && loose.length === 1)
})

test('a document whose data is a text comes back as one', () => {
  const content = [{ type: 'document', document: { data: 'calm' } }]
  const result = { role: 'tool', tool_call_id: 'a', content }
  const { request } = wire.decodeRequest({ model: 'm', messages: [result], documents: ['x'] })
  const { body } = wire.encodeRequest(request, { model: 'm', quirks: {} })
  assert.deepEqual(body, { model: 'm', messages: [result], documents: ['x'] })
})

test('answers come back from the canonical form as they were', () => {
  for (const name of ['text.response.json', 'tools.response.json']) {
    const response = wire.decodeResponse(json(name), asked)
    const { body, warnings } = wire.encodeResponse(response, caller)
    assert.deepEqual(body, json(name))
    assert.deepEqual(warnings, [])
  }
})

test('an answer of log probabilities has the neutral shape beside its own', () => {
  const [candidate] = wire.decodeResponse(json('text.response.json'), asked).candidates
  assert.deepEqual(candidate?.logprobs, {
    content: [
      { token: 'Penguins', logprob: -0.75, bytes: [...Buffer.from('Penguins')], top_logprobs: [] },
      { token: ' live', logprob: -0.125, bytes: [...Buffer.from(' live')], top_logprobs: [] },
    ],
    refusal: null,
  })
})

test('a failed answer is thrown, not taken for a reason to stop', () => {
  const failed = (finishReason: string) => ({
    ...json('text.response.json'),
    finish_reason: finishReason,
  })
  for (const [reason, status] of [
    ['ERROR', 500],
    ['TIMEOUT', 504],
  ] as const) {
    assert.throws(
      () => wire.decodeResponse(failed(reason), asked),
      (error) => GatewayError.is(error) && error.status === status && error.message.includes(reason),
    )
  }
  assert.throws(
    () => wire.decodeResponse({ message: 'text' }, asked),
    (error) => GatewayError.is(error) && error.code === 'upstream_malformed_answer',
  )
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

test('streams come back from the canonical form, frame by frame', () => {
  for (const name of ['text.sse', 'tools.sse']) {
    const encoder = wire.createStreamEncoder(caller)
    const frames = decodeAll(fixture(name)).flatMap((event) => [...encoder.push(event)])
    const parsed = (list: readonly StreamFrame[]) =>
      list.map(({ event, data }) => [event, data === '[DONE]' ? data : JSON.parse(data)])
    // Token ids have no neutral form: one item of log probabilities loses them.
    const original = fixture(name).replace('"token_ids":[5]', '"token_ids":[]')
    assert.deepEqual(parsed(frames), parsed(sseFrames(original)), name)
    assert.deepEqual(encoder.warnings(), [])
  }
})

test('every split of the bytes of a stream gives the same events', () => {
  for (const name of ['text.sse', 'tools.sse']) {
    const bytes = Buffer.from(fixture(name))
    const whole = decodeAll(fixture(name))
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const sse = createSseDecoder()
        const decoder = wire.createStreamDecoder(asked)
        const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
        const events = edges
          .slice(1)
          .flatMap((edge, index) => sse.push(bytes.subarray(edges[index], edge)))
          .flatMap((frame) => [...decoder.push(frame)])
        assert.deepEqual([...events, ...decoder.end()], whole)
      }),
      { numRuns: runsOf(300) },
    )
  }
})

test('only message-end ends a stream; one that reports a failure throws it', () => {
  const text = fixture('text.sse')
  assert.equal(decodeAll(text.replace('data: [DONE]\n\n', '')).at(-1)?.type, 'response-end')
  const cut = text.slice(0, text.indexOf('event: message-end'))
  for (const ended of [cut, `${cut}data: [DONE]\n\n`, '']) {
    assert.throws(
      () => decodeAll(ended),
      (error) => GatewayError.is(error) && error.code === 'upstream_stream_truncated',
    )
  }
  assert.throws(
    () => decodeAll(fixture('error.sse')),
    (error) =>
      GatewayError.is(error) &&
      error.kind === 'upstream-rejected' &&
      error.status === 500 &&
      error.message.startsWith('internal server error'),
  )
})

test('servers that leave starts and ends out are understood', () => {
  const event = (body: JsonObject) => `data: ${JSON.stringify(body)}\n\n`
  const content = (value: JsonObject) =>
    event({ type: 'content-delta', index: 0, delta: { message: { content: value } } })
  const events = decodeAll(
    content({ thinking: 'hm' }) +
      content({ text: 'a' }) +
      content({ text: 'b' }) +
      event({ type: 'debug', prompt: 'p' }) +
      event({ type: 'message-end', delta: { finish_reason: 'COMPLETE' } }),
  )
  assert.deepEqual(
    events.map((one) => ('block' in one ? `${one.type} ${one.block}` : one.type)),
    [
      ...['response-start', 'block-start 0', 'block-delta 0', 'block-end 0'],
      ...['block-start 1', 'block-delta 1', 'block-delta 1', 'opaque', 'block-end 1'],
      ...['candidate-end', 'response-end'],
    ],
  )
})

test('the tap reads facts on the side, forwards everything and tells how a stream ended', () => {
  const tapped = (text: string) => {
    const stream = createNativeStream(wire.createStreamTap({ withholdUsage: true }))
    const forwarded = Buffer.from(stream.push(Buffer.from(text))).toString()
    const { rest, outcome } = stream.end()
    return { text: forwarded + Buffer.from(rest).toString(), outcome, facts: stream.facts() }
  }
  const whole = tapped(fixture('text.sse'))
  assert.equal(whole.text, fixture('text.sse'))
  assert.equal(whole.outcome, 'complete')
  assert.equal(whole.facts.stopReason, 'COMPLETE')
  assert.deepEqual(whole.facts.usage?.input, { total: 512, uncached: 256, cacheRead: 256 })
  assert.equal(tapped(fixture('error.sse')).outcome, 'failed')
  assert.equal(tapped(fixture('text.sse').slice(0, 900)).outcome, 'truncated')
  const facts = wire.tapResponse(json('tools.response.json'))
  assert.equal(facts.stopReason, 'TOOL_CALL')
  assert.equal(facts.usage?.output.total, 83)
})

const answer = (status: number, text: string) =>
  wire.decodeError({ provider: 'cohere', status, headers: {}, text, nowMs: 0 })

test('a vendor error keeps status, message and id', () => {
  const error = answer(401, fixture('invalid-key.error.json'))
  assert.equal(error.status, 401)
  assert.equal(error.message, 'invalid api token')
  assert.deepEqual(error.upstream, {
    provider: 'cohere',
    status: 401,
    requestId: '0d8a2f0e-7b7c-4f32-9f27-1d2f6a0a3c55',
  })
  assert.match(answer(429, fixture('rate-limit.error.json')).message, /Trial key/)
  assert.equal(answer(404, '{"error":{"message":"gone"}}').message, 'gone')
  assert.match(answer(502, '<html></html>').message, /502/)
})

/** What the official client makes of an answer of ours. */
function clientOf(response: () => Response): CohereClientV2 {
  return new CohereClientV2({ token: 'none', maxRetries: 0, fetch: async () => response() })
}

test('the official client raises its own class for every error', async () => {
  const own = (kind: GatewayError['kind'], status?: number) =>
    new GatewayError({ kind, code: 'c', message: 'It was wrong.', param: 'p', status })
  const cases = [
    [own('invalid-request'), 'BadRequestError'],
    [own('unauthenticated'), 'UnauthorizedError'],
    [own('forbidden'), 'ForbiddenError'],
    [own('not-found'), 'NotFoundError'],
    [own('invalid-request', 422), 'UnprocessableEntityError'],
    [own('queue-full'), 'TooManyRequestsError'],
    [own('internal'), 'InternalServerError'],
    [own('not-implemented'), 'NotImplementedError'],
    [own('unavailable'), 'ServiceUnavailableError'],
    [own('timeout'), 'GatewayTimeoutError'],
    [own('upstream-failed'), 'CohereError'],
  ] as const
  for (const [error, name] of cases) {
    const { status, body } = wire.encodeError(error, 'r1')
    const client = clientOf(() => Response.json(body, { status }))
    await assert.rejects(
      client.chat({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
      (raised) => {
        assert.ok(raised instanceof CohereError)
        assert.equal(raised.constructor.name, name)
        assert.equal(raised.statusCode, status)
        assert.deepEqual(raised.body, { id: 'r1', message: 'p: It was wrong.' })
        return true
      },
    )
  }
})

test('the official client reads our streams, and sees how a failed one ended', async () => {
  const read = async (bytes: string | Uint8Array) => {
    const client = clientOf(
      () => new Response(Buffer.from(bytes), { headers: { 'content-type': 'text/event-stream' } }),
    )
    const stream = await client.chatStream({ model: 'm', messages: [{ role: 'user', content: 'hi' }] })
    return Array.fromAsync(stream)
  }
  const encoder = wire.createStreamEncoder(caller)
  const frames = decodeAll(fixture('tools.sse')).flatMap((event) => [...encoder.push(event)])
  const events = await read(encodeSse(frames))
  const text = events.map((event) =>
    event.type === 'tool-call-delta' ? event.delta?.message?.toolCalls?.function?.arguments : '',
  )
  assert.equal(text.join(''), '{"city": "Paris","station":12345678901234567890}{}')
  const last = events.at(-1)
  assert.ok(last?.type === 'message-end' && last.delta?.finishReason === 'TOOL_CALL')
  const error = new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_stream_truncated',
    message: 'It ended.',
  })
  const begun = fixture('text.sse').slice(0, fixture('text.sse').indexOf('\n\n') + 2)
  const failed = (await read(begun + Buffer.from(encodeSse(wire.encodeStreamError(error, 'r1'))))).at(-1)
  assert.ok(failed?.type === 'message-end')
  assert.deepEqual(failed.delta, { finishReason: 'ERROR', error: 'It ended.' })
})
