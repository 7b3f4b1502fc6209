import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { CallerContext, ChatEvent, ChatRequest, Json, JsonObject } from '#contract'
import { asked, leastRequest } from '../../asked.suite.ts'
import { cohereV2 as wire } from './index.ts'
import { assertPublished, assertPublishedEvent } from './published.suite.ts'

/** Whatever the vendor's types allow comes back from the canonical form as it was, and is still what they allow. */

const runs = 1_000
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r1',
  model: 'm',
  streamUsage: true,
  nowSeconds: 0,
}

const text = fc.string({ minLength: 1, maxLength: 8 })
const record = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 3 })
const optional = <T>(members: { [name in keyof T]: fc.Arbitrary<T[name]> }) =>
  fc.record(members, { requiredKeys: [] })

const textBlock = text.map((value) => ({ type: 'text', text: value }))
const imageBlock = fc
  .tuple(
    fc.constantFrom('https://example.com/a.png', 'data:image/png;base64,iVBORw0KGgo='),
    fc.constantFrom('auto', 'low', 'high', undefined),
  )
  .map(([url, detail]) => ({
    type: 'image_url',
    image_url: detail === undefined ? { url } : { url, detail },
  }))
const thinkingBlock = text.map((value) => ({ type: 'thinking', thinking: value }))
const document = fc.oneof(
  record.map((data) => ({ data })),
  fc.tuple(record, text).map(([data, id]) => ({ data, id })),
)
const documentBlock = document.map((value) => ({ type: 'document', document: value }))
const citation = fc
  .record({
    start: fc.nat(9),
    end: fc.nat(9),
    text,
    sources: fc.array(fc.record({ type: fc.constant('document'), id: text, document: record }), {
      maxLength: 2,
    }),
    content_index: fc.option(fc.nat(2), { nil: undefined }),
    type: fc.option(fc.constantFrom('TEXT_CONTENT', 'THINKING_CONTENT', 'PLAN'), { nil: undefined }),
  })
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject)
const toolCall = fc.tuple(text, text, record).map(([id, name, input]) => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(input) },
}))
const said = optional({
  tool_plan: text,
  tool_calls: fc.array(toolCall, { minLength: 1, maxLength: 2 }),
  citations: fc.array(citation, { minLength: 1, maxLength: 3 }),
})
const content = <T>(block: fc.Arbitrary<T>) => fc.array(block, { minLength: 1, maxLength: 3 })
const turn = fc.oneof(
  fc.record({ role: fc.constant('system'), content: fc.oneof(text, content(textBlock)) }),
  fc.record({
    role: fc.constant('user'),
    content: fc.oneof(text, content(fc.oneof(textBlock, imageBlock))),
  }),
  fc.tuple(said, content(fc.oneof(textBlock, thinkingBlock))).map(([rest, blocks]) => ({
    role: 'assistant',
    ...rest,
    content: blocks,
  })),
  fc.record({
    role: fc.constant('tool'),
    tool_call_id: text,
    content: fc.oneof(text, content(fc.oneof(textBlock, documentBlock))),
  }),
)
const tool = fc.tuple(text, text, record).map(([name, description, parameters]) => ({
  type: 'function',
  function: { name, description, parameters },
}))
const settings = optional({
  temperature: fc.double({ min: 0, max: 2, noNaN: true }),
  p: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  k: fc.integer({ min: 0, max: 500 }),
  seed: fc.nat(),
  frequency_penalty: fc.double({ min: 0, max: 1, noNaN: true }),
  presence_penalty: fc.double({ min: 0, max: 1, noNaN: true }),
  max_tokens: fc.integer({ min: 200, max: 900 }),
  stop_sequences: fc.array(text, { minLength: 1, maxLength: 5 }),
  logprobs: fc.boolean(),
  strict_tools: fc.boolean(),
  tool_choice: fc.constantFrom('REQUIRED', 'NONE'),
  tools: fc.array(tool, { minLength: 1, maxLength: 2 }),
  documents: fc.array(fc.oneof(text, document), { minLength: 1, maxLength: 2 }),
  thinking: fc.constantFrom({ type: 'disabled' }, { type: 'enabled' }, { type: 'enabled', token_budget: 99 }),
  citation_options: fc.constant({ mode: 'FAST' }),
  safety_mode: fc.constantFrom('STRICT', 'OFF'),
  priority: fc.nat(9),
  stream: fc.boolean(),
})
/** Strictness and choice mean nothing without tools. */
const request = fc
  .tuple(fc.array(turn, { minLength: 1, maxLength: 4 }), settings)
  .map(([messages, rest]): JsonObject => {
    const { strict_tools: _strict, tool_choice: _choice, ...plain } = rest
    return {
      ...(rest.tools === undefined ? plain : rest),
      model: 'command-a-plus-05-2026',
      messages,
    } as JsonObject
  })

test('a request of the vendor comes back as it was', () => {
  fc.assert(
    fc.property(request, (body) => {
      assertPublished('V2ChatRequest', body)
      const decoded = queued(wire.decodeRequest(body).request)
      const again = wire.encodeRequest(decoded, { model: String(body['model']), quirks: {} })
      assert.deepEqual(again.warnings, [])
      assertPublished('V2ChatRequest', again.body)
      assert.deepEqual(queued(wire.decodeRequest(again.body).request), decoded)
    }),
    { numRuns: runs },
  )
})

function queued(value: ChatRequest): ChatRequest {
  return JSON.parse(JSON.stringify(value)) as ChatRequest
}

const usage = fc.record({
  billed_units: fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat() }),
  tokens: fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat() }),
})
const finishReason = fc.constantFrom('COMPLETE', 'STOP_SEQUENCE', 'MAX_TOKENS', 'TOOL_CALL')

test('an answer of the vendor comes back as it was', () => {
  const answer = fc.record({
    id: text,
    finish_reason: finishReason,
    message: fc
      .tuple(said, content(fc.oneof(textBlock, thinkingBlock)))
      .map(([rest, blocks]) => ({ role: 'assistant', ...rest, content: blocks })),
    usage,
  })
  fc.assert(
    fc.property(answer, (value) => {
      const body = JSON.parse(JSON.stringify(value)) as JsonObject
      assertPublished('V2ChatResponse', body)
      const decoded = wire.decodeResponse(body, asked)
      const again = wire.encodeResponse(decoded, caller)
      assert.deepEqual(again.warnings, [])
      assertPublished('V2ChatResponse', again.body)
      assert.deepEqual(wire.decodeResponse(again.body, asked), decoded)
    }),
    { numRuns: runs },
  )
})

const event = (type: string, body: JsonObject): JsonObject => ({ type, ...body })
const message = (value: JsonObject) => ({ delta: { message: value } })
/** A block of a stream by its number, with its deltas. */
type Block = (index: number) => readonly JsonObject[]
const contentBlock = fc
  .tuple(
    fc.constantFrom('text', 'thinking'),
    fc.array(text, { maxLength: 3 }),
    fc.array(citation, { maxLength: 2 }),
  )
  .map(
    ([kind, pieces, citations]): Block =>
      (index) => [
        event('content-start', { index, ...message({ content: { type: kind, [kind]: '' } }) }),
        ...pieces.map((piece) =>
          event('content-delta', { index, ...message({ content: { [kind]: piece } }) }),
        ),
        ...citations.flatMap((value, number) => [
          event('citation-start', { index: number, ...message({ citations: value as Json }) }),
          event('citation-end', { index: number }),
        ]),
        event('content-end', { index }),
      ],
  )
const callBlock = toolCall.map(
  (call): Block =>
    (index) => [
      event('tool-call-start', {
        index,
        ...message({ tool_calls: { ...call, function: { name: call.function.name, arguments: '' } } }),
      }),
      event('tool-call-delta', {
        index,
        ...message({ tool_calls: { function: { arguments: call.function.arguments } } }),
      }),
      event('tool-call-end', { index }),
    ],
)
const stream = fc
  .tuple(
    fc.array(text, { maxLength: 2 }),
    fc.array(contentBlock, { maxLength: 2 }),
    fc.array(callBlock, { maxLength: 2 }),
    finishReason,
    usage,
  )
  .map(([plan, contents, calls, finish_reason, counted]): readonly JsonObject[] => [
    event('message-start', { id: 'a', ...message({ role: 'assistant' }) }),
    ...plan.map((piece) => event('tool-plan-delta', message({ tool_plan: piece }))),
    ...contents.flatMap((block, index) => block(index)),
    ...calls.flatMap((block, index) => block(index)),
    event('message-end', { delta: { finish_reason, usage: counted } }),
  ])

test('a stream of the vendor comes back as the same events', () => {
  const decode = (events: readonly string[]): readonly ChatEvent[] => {
    const decoder = wire.createStreamDecoder(asked)
    return [...events.flatMap((data) => [...decoder.push({ data })]), ...decoder.end()]
  }
  fc.assert(
    fc.property(stream, (events) => {
      for (const one of events) assertPublishedEvent(one)
      const decoded = decode(events.map((one) => JSON.stringify(one)))
      const encoder = wire.createStreamEncoder(caller)
      const frames = decoded.flatMap((one) => [...encoder.push(one)])
      assert.deepEqual(encoder.warnings(), [])
      for (const { data } of frames) {
        if (data !== '[DONE]') assertPublishedEvent(JSON.parse(data) as JsonObject)
      }
      const plain = (list: readonly ChatEvent[]) => list.map((one) => JSON.stringify(one))
      const withoutNumbers = (list: readonly string[]) =>
        // Citations are numbered anew.
        list.map((one) => one.replace(/("type":"citation-start","index":)\d+/, '$10'))
      assert.deepEqual(
        withoutNumbers(plain(decode(frames.map(({ data }) => data)))),
        withoutNumbers(plain(decoded)),
      )
    }),
    { numRuns: runs },
  )
})
