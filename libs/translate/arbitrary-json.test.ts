import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CallerContext, GatewayError, type Json, type JsonObject, type WireId } from '#contract'
import { asked, leastRequest } from './asked.suite.ts'
import { allChatWires, chatWireOf } from './wires.ts'
import { words } from './words.suite.ts'

/** Whatever JSON arrives, a wire answers with a result or a GatewayError, and what it decodes the others can encode. */

const runs = 2_000
const ids: readonly WireId[] = allChatWires().map(({ id }) => id)
/** Some wires name the model in the URL. */
const address = { model: 'claude-opus-5', stream: true }
const caller: CallerContext = {
  request: leastRequest,
  requestId: 'r',
  model: 'm',
  streamUsage: true,
  nowSeconds: 0,
}

const scalar = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    '',
    ' ',
    'x',
    'auto',
    'user',
    'data:image/png;base64,AA==',
  ),
  fc.string({ maxLength: 6 }),
)
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    scalar,
    fc.constantFrom(...words),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...words), tie('json'), { maxKeys: 6 }),
  ),
}))
const object = fc.dictionary(fc.constantFrom(...words), json, { maxKeys: 8 }) as fc.Arbitrary<JsonObject>
/** Requests that get past the first checks more often than not. */
const request = fc.tuple(object, fc.array(json, { minLength: 1, maxLength: 3 })).map(
  ([body, messages]): JsonObject => ({
    ...body,
    model: 'claude-opus-5',
    messages,
    contents: messages,
    max_tokens: 10,
  }),
)
const message = fc
  .tuple(fc.constantFrom('user', 'assistant', 'system', 'tool', 'developer'), json, object)
  .map(([role, content, rest]): Json => ({ ...rest, role, content }))
const content = fc
  .tuple(fc.constantFrom('user', 'model', 'function'), fc.array(object, { maxLength: 3 }))
  .map(([role, parts]): Json => ({ role, parts }))
const generation = fc
  .tuple(object, fc.array(content, { minLength: 1, maxLength: 4 }))
  .map(([body, contents]) => ({ ...body, contents }))
const conversation = fc
  .tuple(object, fc.array(message, { minLength: 1, maxLength: 4 }))
  .map(([body, messages]) => ({
    ...body,
    model: 'gpt-4o',
    messages,
    max_tokens: 10,
  }))

/** The same for the wire whose conversation is a list of items. */
const item = fc
  .tuple(
    fc.constantFrom('message', 'reasoning', 'function_call', 'function_call_output', 'item_reference'),
    fc.constantFrom('user', 'assistant', 'system'),
    json,
    object,
  )
  .map(([type, role, content, rest]): Json => ({ call_id: 'c', name: 'f', ...rest, type, role, content }))
const items = fc
  .tuple(object, fc.array(item, { minLength: 1, maxLength: 5 }))
  .map(([body, input]): JsonObject => ({ ...body, model: 'gpt-5.4', input }))
const answer = fc
  .tuple(object, fc.array(item, { maxLength: 5 }))
  .map(([body, output]): JsonObject => ({ ...body, output }))
const eventTypes = [
  ...['response.created', 'response.completed', 'response.incomplete', 'response.failed', 'error'],
  ...['response.output_item.added', 'response.output_item.done', 'response.content_part.added'],
  ...['response.content_part.done', 'response.output_text.delta', 'response.output_text.done'],
  ...['response.output_text.annotation.added', 'response.refusal.delta', 'response.reasoning_text.delta'],
  ...['response.function_call_arguments.delta', 'response.function_call_arguments.done'],
  ...['response.reasoning_summary_part.added', 'response.reasoning_summary_text.delta', 'response.x'],
]
const responseEvent = fc.tuple(fc.constantFrom(...eventTypes), item, fc.nat({ max: 2 }), object, object).map(
  ([type, it, index, response, rest]): JsonObject => ({
    ...rest,
    ...{ type, item: it, response, output_index: index, delta: 'd', part: it },
  }),
)
const frameNames = [
  ...['error', 'ping', 'message_start', 'x', 'messageStart', 'contentBlockStart', 'contentBlockDelta'],
  ...['contentBlockStop', 'messageStop', 'metadata', 'throttlingException'],
  ...['content-delta', 'message-end'],
]
/** Content in blocks whose one member says their kind. */
const blocks = fc.array(fc.dictionary(fc.constantFrom(...words), json, { minKeys: 1, maxKeys: 2 }), {
  maxLength: 4,
})
const turns = fc
  .tuple(
    object,
    fc.array(fc.record({ role: fc.constantFrom('user', 'assistant', 'system'), content: blocks }), {
      minLength: 1,
      maxLength: 4,
    }),
  )
  .map(([body, messages]): JsonObject => ({ ...body, model: 'm', max_tokens: 10, messages }))

/** Runs `act`; anything thrown must be a GatewayError. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    assert.ok(GatewayError.is(error), String(error instanceof Error ? error.stack : error))
    assert.ok(error.status >= 400 && error.status <= 599)
    return undefined
  }
}

for (const id of ids) {
  const wire = chatWireOf(id)
  assert.ok(wire !== undefined)

  test(`${id}: any request decodes or is refused, and what decodes encodes for every wire`, () => {
    fc.assert(
      fc.property(fc.oneof(object, request, conversation, items, turns, generation), (body) => {
        attempt(() => wire.peek(body, address))
        const decoded = attempt(() => wire.decodeRequest(body, address))
        if (decoded === undefined) return
        for (const other of ids) {
          const target = { model: 'claude-haiku-4-5', quirks: {} }
          attempt(() => JSON.stringify(chatWireOf(other)?.encodeRequest(decoded.request, target)))
        }
      }),
      { numRuns: runs },
    )
  })

  test(`${id}: any answer decodes or is a failure of the provider, and what decodes encodes for every wire`, () => {
    fc.assert(
      fc.property(fc.oneof(object, answer), (body) => {
        attempt(() => wire.tapResponse(body))
        const response = attempt(() => wire.decodeResponse(body, asked))
        if (response === undefined) return
        for (const other of ids)
          attempt(() => JSON.stringify(chatWireOf(other)?.encodeResponse(response, caller)))
      }),
      { numRuns: runs },
    )
  })

  test(`${id}: any frames decode or are a failure of the provider, and what decodes encodes for every wire`, () => {
    const data = fc.oneof(
      object.map((body) => JSON.stringify(body)),
      responseEvent.map((body) => JSON.stringify(body)),
      fc.constantFrom('[DONE]', '{', 'null', '[]', '{"type":"response.created","response":{}}'),
    )
    const frame = fc.record(
      { event: fc.constantFrom(...frameNames), data, exception: fc.constant(true as const) },
      { requiredKeys: ['data'] },
    )
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), (frames) => {
        const decoder = wire.createStreamDecoder(asked)
        const tap = wire.createStreamTap({ withholdUsage: true })
        const encoders = ids.map((other) => chatWireOf(other)?.createStreamEncoder(caller))
        for (const each of frames) {
          attempt(() => tap.push(each))
          for (const event of attempt(() => decoder.push(each)) ?? []) {
            for (const encoder of encoders) assert.ok(Array.isArray(encoder?.push(event)))
          }
        }
        attempt(() => decoder.end())
      }),
      { numRuns: runs },
    )
  })

  test(`${id}: any error answer becomes a GatewayError that every wire can say`, () => {
    const text = fc.oneof(
      object.map((body) => JSON.stringify(body)),
      fc.string(),
      fc.constant('<html></html>'),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 300, max: 599 }), (body, status) => {
        const error = wire.decodeError({ provider: 'p', status, headers: {}, text: body, nowMs: 0 })
        assert.ok(GatewayError.is(error))
        assert.equal(error.status, status < 400 ? 502 : status)
        for (const other of ids) {
          assert.equal(chatWireOf(other)?.encodeError(error, 'r').status, error.status)
          assert.equal(chatWireOf(other)?.encodeStreamError(error, 'r').length, 1)
        }
      }),
      { numRuns: runs },
    )
  })
}
