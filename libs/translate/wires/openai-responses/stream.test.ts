import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import OpenAI2025 from 'openai-2025'
import { type ChatEvent, GatewayError, type JsonObject, type StreamFrame } from '#contract'
import { asked } from '../../asked.suite.ts'
import { createSseDecoder, encodeSse } from '../../framing/sse.ts'
import { createNativeStream } from '../../native-stream.ts'
import { decodeFrames, encodeEvents, fixture, frame, sseFrames } from './fixtures.suite.ts'
import { openaiResponses as wire } from './index.ts'

const whole = ['text.sse', 'tools.sse', 'reasoning.sse', 'server-tool.sse', 'incomplete.sse']
const types = (frames: readonly StreamFrame[]) => frames.map(({ event }) => event?.replace('response.', ''))
const bodies = (frames: readonly StreamFrame[]) => frames.map(({ data }) => JSON.parse(data) as JsonObject)

test('every byte split of every stream gives the same frames, and so the same events', () => {
  for (const name of [...whole, 'failed.sse', 'error.sse']) {
    const bytes = Buffer.from(fixture(name))
    const expected = JSON.stringify(sseFrames(bytes))
    for (let at = 0; at <= bytes.length; at += 1) {
      const decoder = createSseDecoder()
      const frames = [
        ...decoder.push(bytes.subarray(0, at)),
        ...decoder.push(bytes.subarray(at)),
        ...decoder.end(),
      ]
      assert.equal(JSON.stringify(frames), expected, `${name} cut at ${at}`)
    }
  }
  for (const name of whole) {
    const decoder = createSseDecoder()
    const frames = [...Buffer.from(fixture(name))].flatMap((byte) => [...decoder.push(Uint8Array.of(byte))])
    assert.deepEqual(decodeFrames([...frames, ...decoder.end()]), decodeFrames(sseFrames(fixture(name))))
  }
})

test('streams come back from the canonical form as the same events, and their image is the same again', () => {
  for (const name of whole) {
    const events = decodeFrames(sseFrames(fixture(name)))
    const first = encodeEvents(events)
    assert.deepEqual(first.warnings, [], name)
    const again = decodeFrames(first.frames)
    const plain = (list: readonly ChatEvent[]) => list.map((event) => ('usage' in event ? event.type : event))
    const opaque = name === 'server-tool.sse'
    if (!opaque) assert.deepEqual(plain(again), plain(events), name)
    assert.deepEqual(encodeEvents(again).frames, first.frames, name)
  }
})

test('a stream of ours has the events of the vendor in its order', () => {
  for (const name of whole) {
    const original = sseFrames(fixture(name))
    const { frames } = encodeEvents(decodeFrames(original))
    // Two parts of a summary are one here.
    const comparable = (list: readonly StreamFrame[]) =>
      name === 'reasoning.sse' ? new Set(types(list)) : types(list)
    assert.deepEqual(comparable(frames), comparable(original), name)
    assert.deepEqual(
      bodies(frames).map((body) => body['sequence_number']),
      frames.map((_, index) => index),
    )
  }
  const { frames } = encodeEvents(decodeFrames(sseFrames(fixture('tools.sse'))))
  const output = (list: readonly StreamFrame[]) =>
    (bodies(list).at(-1)?.['response'] as JsonObject | undefined)?.['output']
  assert.deepEqual(output(frames), output(sseFrames(fixture('tools.sse'))))
})

/** What both generations of the client make of a stream of ours. */
async function readBySdk(frames: readonly StreamFrame[]) {
  const answers: OpenAI.Responses.Response[] = []
  for (const Client of [OpenAI, OpenAI2025 as unknown as typeof OpenAI]) {
    const client = new Client({
      apiKey: 'none',
      maxRetries: 0,
      fetch: async () =>
        new Response(Buffer.from(encodeSse(frames)), { headers: { 'content-type': 'text/event-stream' } }),
    })
    answers.push(await client.responses.stream({ model: 'm', input: 'hi' }).finalResponse())
  }
  return answers
}

test('both generations of the stream helper read our streams whole', async () => {
  for (const name of whole) {
    const { frames } = encodeEvents(decodeFrames(sseFrames(fixture(name))))
    const last = bodies(frames).at(-1)?.['response'] as JsonObject
    for (const answer of await readBySdk(frames)) {
      assert.equal(answer.id, last['id'], name)
      // The helper of mid 2025 knows no response.incomplete.
      if (name !== 'incomplete.sse') assert.equal(answer.status, 'completed')
      assert.equal(answer.output.length, (last['output'] as readonly unknown[]).length)
    }
  }
})

const start: ChatEvent = { type: 'response-start', id: 'chatcmpl-1', model: 'm' }
const open = (block: number, begun: Extract<ChatEvent, { type: 'block-start' }>['start']): ChatEvent => ({
  type: 'block-start',
  candidate: 0,
  block,
  start: begun,
})
const say = (block: number, type: 'text' | 'arguments', text: string): ChatEvent => ({
  type: 'block-delta',
  candidate: 0,
  block,
  delta: { type, text },
})
const close = (block: number): ChatEvent => ({ type: 'block-end', candidate: 0, block })
const ending = (unified: 'stop' | 'length' = 'stop'): readonly ChatEvent[] => [
  { type: 'candidate-end', candidate: 0, stopReason: { unified, raw: null } },
  { type: 'response-end' },
]
const outputOf = (frames: readonly StreamFrame[]) =>
  (bodies(frames).at(-1)?.['response'] as JsonObject | undefined)?.['output'] as readonly JsonObject[]

test('interleaved calls of another wire are items side by side, whole at the end', async () => {
  const { frames, warnings } = encodeEvents([
    ...[start, open(0, { type: 'text' }), say(0, 'text', 'Look.'), close(0)],
    ...[open(1, { type: 'tool-call', id: 'a', name: 'f' }), close(1)],
    ...[open(2, { type: 'tool-call', id: 'b', name: 'g' }), say(2, 'arguments', '{"y"'), close(2)],
    ...[say(1, 'arguments', '{"x":1}'), say(2, 'arguments', ':2}')],
    ...[open(3, { type: 'tool-call', id: 'c', name: 'h' }), close(3)],
    ...ending(),
  ])
  assert.deepEqual(warnings, [])
  for (const answer of await readBySdk(frames)) {
    assert.deepEqual(
      answer.output.map((item) =>
        item.type === 'function_call' ? [item.call_id, item.arguments] : item.type,
      ),
      ['message', ['a', '{"x":1}'], ['b', '{"y":2}'], ['c', '{}']],
    )
  }
})

test('a call ends as soon as its arguments are whole', () => {
  const encoder = wire.createStreamEncoder({ ...asked, requestId: 'r', streamUsage: true, nowSeconds: 0 })
  for (const event of [
    start,
    open(0, { type: 'tool-call', id: 'a', name: 'f' }),
    say(0, 'arguments', '{"x":1}'),
  ]) {
    encoder.push(event)
  }
  assert.deepEqual(types(encoder.push(close(0))), ['function_call_arguments.done', 'output_item.done'])
})

test('texts and refusals in a row are parts of one message; what follows is an item of its own', () => {
  const { frames } = encodeEvents([
    ...[start, open(0, { type: 'reasoning' }), say(0, 'text', 'Hm.'), close(0)],
    ...[open(1, { type: 'text' }), say(1, 'text', 'a'), close(1)],
    ...[open(2, { type: 'refusal' }), say(2, 'text', 'b'), close(2)],
    ...[open(3, { type: 'redacted-reasoning', data: 'EmwK' }), close(3)],
    ...[open(4, { type: 'text' }), say(4, 'text', 'c'), close(4)],
    ...ending('length'),
  ])
  assert.deepEqual(outputOf(frames), [
    { type: 'reasoning', id: 'rs_1_0', summary: [{ type: 'summary_text', text: 'Hm.' }] },
    {
      id: 'msg_1_1',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [
        { type: 'output_text', annotations: [], logprobs: [], text: 'a' },
        { type: 'refusal', refusal: 'b' },
      ],
    },
    { type: 'reasoning', id: 'rs_1_2', summary: [], encrypted_content: 'redacted:EmwK' },
    {
      id: 'msg_1_3',
      type: 'message',
      status: 'incomplete',
      role: 'assistant',
      content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'c' }],
    },
  ])
  assert.equal(frames.at(-1)?.event, 'response.incomplete')
})

test('other candidates, wires and citations are named once and left out', () => {
  const { frames, warnings } = encodeEvents([
    start,
    { type: 'block-start', candidate: 1, block: 0, start: { type: 'text' } },
    open(0, { type: 'opaque', wire: 'anthropic-messages', value: { type: 'server_tool_use' } }),
    close(0),
    open(1, { type: 'text' }),
    say(1, 'text', 'a'),
    {
      type: 'block-delta',
      candidate: 0,
      block: 1,
      delta: { type: 'citation', citation: { type: 'char_location' } },
    },
    { type: 'opaque', wire: 'anthropic-messages', value: {} },
    close(1),
    { type: 'candidate-end', candidate: 1, stopReason: { unified: 'stop', raw: null } },
    ...ending(),
  ])
  assert.equal(outputOf(frames).length, 1)
  assert.deepEqual(warnings, [
    'unsupported:choices[1]',
    'unsupported:choices[0].message.content[0]',
    'unsupported:choices[0].message.content[1].citations',
    'unsupported:stream',
  ])
})

test('a server that streams nothing but the ends, or no deltas, or no beginnings, is read whole', () => {
  const frames = sseFrames(fixture('tools.sse'))
  const textOf = (events: readonly ChatEvent[]) =>
    events
      .flatMap((event) => (event.type === 'block-delta' && 'text' in event.delta ? [event.delta.text] : []))
      .join('')
  const expected = textOf(decodeFrames(frames))
  const keep = (pattern: RegExp) => frames.filter(({ event }) => pattern.test(event ?? ''))
  assert.equal(textOf(decodeFrames(keep(/created|completed/))), expected)
  assert.equal(textOf(decodeFrames(keep(/completed/))), expected)
  assert.equal(textOf(decodeFrames(keep(/created|item\.done|completed/))), expected)
  assert.equal(textOf(decodeFrames(keep(/^(?!.*delta)/))), expected)
  assert.equal(textOf(decodeFrames(keep(/^(?!.*content_part)/))), expected)
})

test('only the three ends end a stream; failures are thrown with the status that their code stands for', () => {
  const thrown = (frames: readonly StreamFrame[], code: string, status: number) =>
    assert.throws(
      () => decodeFrames(frames),
      (error) => GatewayError.is(error) && error.code === code && error.status === status,
      code,
    )
  thrown(sseFrames(fixture('text.sse')).slice(0, -1), 'upstream_stream_truncated', 502)
  thrown(sseFrames(fixture('failed.sse')), 'server_error', 500)
  thrown(sseFrames(fixture('error.sse')), 'rate_limit_exceeded', 429)
  thrown([frame({ type: 'error', error: { type: 'tokens', code: 'x', message: 'm' } })], 'x', 429)
  thrown([frame({ error: { code: 'model_not_found', message: 'm' } })], 'model_not_found', 404)
  const orphan = frame({ type: 'response.function_call_arguments.delta', output_index: 9, delta: '{' })
  thrown([...sseFrames(fixture('text.sse')).slice(0, 2), orphan], 'upstream_malformed_answer', 502)
})

test('the tap reads facts on the side, forwards every byte and tells how a stream ended', () => {
  const run = (text: string) => {
    const stream = createNativeStream(wire.createStreamTap({ withholdUsage: true }))
    const forwarded = Buffer.from(stream.push(Buffer.from(text))).toString()
    const { rest, outcome } = stream.end()
    return { forwarded: forwarded + Buffer.from(rest).toString(), outcome, facts: stream.facts() }
  }
  for (const name of whole) {
    const { forwarded, outcome, facts } = run(fixture(name))
    assert.equal(forwarded, fixture(name))
    assert.equal(outcome, 'complete', name)
    assert.equal(facts.model, 'gpt-5.4-mini-2026-03-17')
    assert.equal(facts.stopReason, name === 'incomplete.sse' ? 'max_output_tokens' : 'completed')
    assert.ok((facts.usage?.input.total ?? 0) > 0)
  }
  assert.equal(run(fixture('text.sse').replaceAll(/^event: .*\n/gm, '')).outcome, 'complete')
  assert.equal(run(fixture('failed.sse')).outcome, 'failed')
  assert.equal(run(fixture('error.sse')).outcome, 'failed')
  const text = fixture('text.sse')
  assert.equal(run(text.slice(0, text.indexOf('event: response.completed'))).outcome, 'truncated')
})
