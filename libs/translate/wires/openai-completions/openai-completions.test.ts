import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import OpenAI from 'openai'
import {
  type CallerContext,
  type ChatWire,
  GatewayError,
  type Json,
  type JsonObject,
  type StreamFrame,
  type Warning,
} from '#contract'
import { asked, leastRequest } from '../../asked.suite.ts'
import { createSseDecoder, encodeSse } from '../../framing/sse.ts'
import { createNativeStream } from '../../native-stream.ts'
import { runsOf } from '../../property-runs.suite.ts'
import { splice } from '../../splice.ts'
import { allChatWires } from '../../wires.ts'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import { cohereV2 } from '../cohere-v2/index.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { openaiCompletions as wire } from './index.ts'

const folder = new URL('./fixtures/', import.meta.url)
const fixture = (name: string) => readFileSync(new URL(name, folder), 'utf8')
const json = (name: string) => JSON.parse(fixture(name)) as JsonObject
const ofWire = (id: string, name: string) =>
  readFileSync(new URL(`../${id}/fixtures/${name}`, import.meta.url), 'utf8')
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'the-model',
  streamUsage: true,
  nowSeconds: 1_700_000_000,
}

function assertGolden(file: string, actual: string): void {
  const path = new URL(`crossed/${file}`, folder)
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(new URL('crossed/', folder), { recursive: true })
    writeFileSync(path, actual)
  }
  assert.equal(actual, readFileSync(path, 'utf8'))
}
const print = (list: readonly Warning[]) => list.map(({ code, path }) => `${code}:${path}`)
const printGolden = (warnings: readonly Warning[], body: JsonObject) =>
  `${JSON.stringify({ warnings: print(warnings), body }, null, 2)}\n`

const refused = (body: JsonObject, param: string, act: (body: JsonObject) => unknown) =>
  assert.throws(
    () => act(body),
    (error) => GatewayError.is(error) && error.kind === 'invalid-request' && error.param === param,
    param,
  )

test('peek reads model, stream, usage and fallbacks, and leaves the prompt to the vendor', () => {
  const body = { model: 'a/b', stream: true, stream_options: { include_usage: true }, fallbacks: ['c/d'] }
  assert.deepEqual(wire.peek(body), { model: 'a/b', stream: true, streamUsage: true, fallbacks: ['c/d'] })
  refused({ prompt: 'x' }, 'model', wire.peek)
  refused({ model: 'm', stream: 'yes' }, 'stream', wire.peek)
})

test('the native splice changes the model, asks for the usage chunk and takes our fallbacks out', () => {
  const text = '{"model":"openai/davinci-002", "prompt":[1,2],"stream":true,"fallbacks":["x"]}'
  const peek = wire.peek(JSON.parse(text) as JsonObject)
  const change = wire.nativeSplice({ peek, model: 'davinci-002', quirks: {}, wantUsage: true })
  assert.equal(
    Buffer.from(splice(Buffer.from(text), change)).toString(),
    '{"model":"davinci-002", "prompt":[1,2],"stream":true,"stream_options":{"include_usage":true}}',
  )
})

test('a prompt that no chat can be is a 400 naming it', () => {
  const prompts: readonly (Json | undefined)[] = [
    ...[undefined, null, '', 5, [], [''], [1, 2], [[1, 2], [3]], ['a', 'b'], [{}]],
  ]
  for (const prompt of prompts) {
    const body = prompt === undefined ? { model: 'm' } : { model: 'm', prompt }
    refused(body, 'prompt', wire.decodeRequest)
  }
  const cases: readonly (readonly [JsonObject, string])[] = [
    [{ logprobs: true }, 'logprobs'],
    [{ echo: 'yes' }, 'echo'],
    [{ suffix: 1 }, 'suffix'],
    [{ best_of: '2' }, 'best_of'],
    [{ stop: [1] }, 'stop[0]'],
    [{ max_tokens: 'many' }, 'max_tokens'],
  ]
  for (const [extra, param] of cases) {
    refused({ model: 'm', prompt: 'x', ...extra }, param, wire.decodeRequest)
  }
})

test('the prompt is the turn of the user, with the default length of the vendor', () => {
  const { request, warnings } = wire.decodeRequest({
    model: 'm',
    prompt: ['Once'],
    echo: false,
    best_of: 1,
    logprobs: 0,
  })
  assert.deepEqual(request, {
    model: 'm',
    stream: false,
    streamUsage: false,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Once' }], path: 'prompt' }],
    sampling: { maxOutputTokens: 16, logprobs: true },
  })
  assert.deepEqual(warnings, [])
})

for (const to of [openaiChat, anthropicMessages, cohereV2]) {
  test(`a request crosses to ${to.id}`, () => {
    const { request, warnings } = wire.decodeRequest(json('text.request.json'))
    const queued = JSON.parse(JSON.stringify(request)) as typeof request
    const encoded = to.encodeRequest(queued, { model: 'the-model', quirks: {} })
    assertGolden(`to-${to.id}.request.json`, printGolden([...warnings, ...encoded.warnings], encoded.body))
  })

  test(`an answer and a stream of ${to.id} are completions`, () => {
    const answer = to.decodeResponse(JSON.parse(ofWire(to.id, 'text.response.json')) as JsonObject, asked)
    const { body, warnings } = wire.encodeResponse(answer, caller)
    assertGolden(`from-${to.id}.response.json`, printGolden(warnings, body))
    const crossed = crossStream(to, ofWire(to.id, 'text.sse'), true)
    assertGolden(`from-${to.id}.sse`, crossed.text)
    assert.ok(!crossStream(to, ofWire(to.id, 'text.sse'), false).text.includes('"usage"'))
  })
}

function crossStream(from: ChatWire, text: string, streamUsage: boolean) {
  const sse = createSseDecoder()
  const decoder = from.createStreamDecoder(asked)
  const encoder = wire.createStreamEncoder({ ...caller, streamUsage })
  const frames: StreamFrame[] = []
  for (const frame of [...sse.push(Buffer.from(text)), ...sse.end()]) {
    for (const event of decoder.push(frame)) frames.push(...encoder.push(event))
  }
  for (const event of decoder.end()) frames.push(...encoder.push(event))
  return { text: Buffer.from(encodeSse(frames)).toString(), warnings: print(encoder.warnings()) }
}

test('what is no text is named and left out, whole and streamed', () => {
  const answer = cohereV2.decodeResponse(JSON.parse(ofWire('cohere-v2', 'tools.response.json')), asked)
  assert.deepEqual(print(wire.encodeResponse(answer, caller).warnings), [
    ...['unsupported:citations', 'unsupported:content[0]', 'unsupported:content[1]'],
    'unsupported:content[2]',
  ])
  const { warnings } = crossStream(cohereV2, ofWire('cohere-v2', 'tools.sse'), true)
  assert.deepEqual(warnings, [
    ...['unsupported:content[0]', 'unsupported:content[1]', 'unsupported:content[2]'],
  ])
})

test('log probabilities lie side by side, offsets run on over a stream', () => {
  const tokens = (...list: string[]) => ({
    content: list.map((token) => ({
      token,
      logprob: -0.5,
      bytes: null,
      top_logprobs: [{ token: 'x', logprob: -1 }],
    })),
  })
  const encoder = wire.createStreamEncoder(caller)
  encoder.push({ type: 'response-start', id: 'c', model: 'm' })
  encoder.push({ type: 'block-start', candidate: 0, block: 0, start: { type: 'text' } })
  const read = (text: string, logprobs: Json) => {
    const delta = { type: 'text', text } as const
    const [frame] = encoder.push({ type: 'block-delta', candidate: 0, block: 0, delta, logprobs })
    return JSON.parse(frame?.data ?? '{}').choices[0].logprobs
  }
  assert.deepEqual(read('Once upon', tokens('Once', ' upon')), {
    text_offset: [0, 4],
    token_logprobs: [-0.5, -0.5],
    tokens: ['Once', ' upon'],
    top_logprobs: [{ x: -1 }, { x: -1 }],
  })
  assert.deepEqual(read(' a', tokens(' a')).text_offset, [9])
})

test('the tap reads facts on the side, withholds the usage chunk alone and tells how a stream ended', () => {
  const run = (text: string, withholdUsage: boolean) => {
    const stream = createNativeStream(wire.createStreamTap({ withholdUsage }))
    const forwarded = Buffer.from(stream.push(Buffer.from(text))).toString()
    const { rest, outcome } = stream.end()
    return { text: forwarded + Buffer.from(rest).toString(), outcome, facts: stream.facts() }
  }
  const text = fixture('text.sse')
  const usage = text.split('\n\n').find((event) => event.includes('"choices":[]'))
  for (const withhold of [true, false]) {
    const whole = run(text, withhold)
    assert.equal(whole.text, withhold ? text.replace(`${usage}\n\n`, '') : text)
    assert.equal(whole.outcome, 'complete')
    assert.equal(whole.facts.model, 'gpt-3.5-turbo-instruct')
    assert.equal(whole.facts.stopReason, 'stop')
    assert.equal(whole.facts.usage?.output.total, 7)
  }
  assert.equal(run(text.replace('data: [DONE]\n\n', ''), false).outcome, 'truncated')
  assert.equal(run(fixture('error.sse'), false).outcome, 'failed')
  const facts = wire.tapResponse(json('text.response.json'))
  assert.deepEqual([facts.stopReason, facts.usage?.input.total], ['length', 5])
})

test('the official client reads our answers, streams and errors', async () => {
  const clientOf = (answer: () => Response) =>
    new OpenAI({ apiKey: 'none', maxRetries: 0, fetch: async () => answer() }).completions
  const response = openaiChat.decodeResponse(JSON.parse(ofWire('openai-chat', 'text.response.json')), asked)
  const { body } = wire.encodeResponse(response, caller)
  const whole = await clientOf(() => Response.json(body)).create({ model: 'm', prompt: 'x' })
  assert.equal(whole.choices[0]?.text, 'Rome, naturellement. 🇮🇹')
  const { text } = crossStream(openaiChat, ofWire('openai-chat', 'text.sse'), true)
  const events = { headers: { 'content-type': 'text/event-stream' } }
  const stream = await clientOf(() => new Response(text, events)).create({
    model: 'm',
    prompt: 'x',
    stream: true,
  })
  const chunks = await Array.fromAsync(stream)
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.text ?? '').join(''), 'Rome, naturellement. 🇮🇹')
  assert.ok(chunks.at(-1)?.usage)
  const error = new GatewayError({ kind: 'queue-full', code: 'queue_full', message: 'Full.' })
  const refusal = wire.encodeError(error, 'r1')
  await assert.rejects(
    clientOf(() => Response.json(refusal.body, { status: refusal.status })).create({
      model: 'm',
      prompt: 'x',
    }),
    OpenAI.RateLimitError,
  )
})

test('whatever JSON arrives becomes a request that every chat wire can encode, or a GatewayError', () => {
  const name = fc.constantFrom(
    ...['model', 'prompt', 'stream', 'stream_options', 'suffix', 'echo', 'best_of', 'logprobs', 'stop', 'n'],
    ...['user', 'logit_bias', 'metadata', '__proto__', 'max_tokens', 'fallbacks'],
  )
  const value = fc.oneof(
    fc.constantFrom<Json>(null, true, 1, 'x', '', ['x'], [1], {}),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const body = fc
    .tuple(fc.dictionary(name, value as fc.Arbitrary<Json>), fc.boolean())
    .map(([rest, usable]): JsonObject => (usable ? { ...rest, model: 'm', prompt: 'x' } : rest))
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act()
    } catch (error) {
      assert.ok(GatewayError.is(error), String(error))
      return undefined
    }
  }
  fc.assert(
    fc.property(body, (one) => {
      attempt(() => wire.peek(one))
      const decoded = attempt(() => wire.decodeRequest(one))
      if (decoded === undefined) return
      for (const to of allChatWires()) {
        attempt(() => JSON.stringify(to.encodeRequest(decoded.request, { model: 'm', quirks: {} })))
      }
    }),
    { numRuns: runsOf(2_000) },
  )
})

test('whatever an answer or a stream of another wire holds, it encodes', () => {
  const block = fc.record({
    type: fc.constantFrom('text', 'thinking', 'tool_use', 'x'),
    text: fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
    thinking: fc.constantFrom<Json>('t', 1),
  })
  const answer = fc.record(
    {
      content: fc.array(block),
      message: fc.record({ content: fc.array(block) }),
      logprobs: fc.constant(null),
    },
    { requiredKeys: ['content', 'message'] },
  )
  fc.assert(
    fc.property(answer, (body) => {
      for (const from of [anthropicMessages, cohereV2]) {
        const { body: encoded } = wire.encodeResponse(from.decodeResponse(body, asked), caller)
        assert.equal(typeof JSON.stringify(encoded), 'string')
      }
    }),
    { numRuns: runsOf(1_000) },
  )
})
