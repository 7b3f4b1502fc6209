import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CallerContext, GatewayError, type Json, type JsonObject, type WireId } from '#contract'
import { asked, leastRequest } from './asked.suite.ts'
import { chatWireOf } from './wires.ts'

/** Whatever JSON arrives, a wire answers with a result or a GatewayError, and what it decodes the others can encode. */

const runs = 2_000
const ids: readonly WireId[] = ['openai-chat', 'openai-responses', 'anthropic-messages']
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
const words = [
  ...[
    'model',
    'messages',
    'role',
    'content',
    'type',
    'text',
    'system',
    'assistant',
    'user',
    'tool',
    'developer',
  ],
  ...[
    'image_url',
    'url',
    'input_audio',
    'file',
    'file_data',
    'tool_calls',
    'function',
    'name',
    'arguments',
    'id',
  ],
  ...[
    'tool_call_id',
    'tool_use',
    'tool_result',
    'tool_use_id',
    'input',
    'source',
    'base64',
    'media_type',
    'data',
  ],
  ...[
    'thinking',
    'signature',
    'redacted_thinking',
    'cache_control',
    'max_tokens',
    'stop',
    'stop_sequences',
    'usage',
  ],
  ...['choices', 'message', 'delta', 'index', 'finish_reason', 'error', 'code', 'detail', 'stop_reason'],
  ...['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta'],
  ...[
    'message_stop',
    'content_block',
    'text_delta',
    'input_json_delta',
    'partial_json',
    'tools',
    'tool_choice',
  ],
  ...[
    'response_format',
    'json_schema',
    'schema',
    'reasoning_effort',
    'stream_options',
    'metadata',
    'parameters',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'budget_tokens',
    'output_config',
    'stream',
    'temperature',
    'fallbacks',
  ],
] as const
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
    max_tokens: 10,
  }),
)
const message = fc
  .tuple(fc.constantFrom('user', 'assistant', 'system', 'tool', 'developer'), json, object)
  .map(([role, content, rest]): Json => ({ ...rest, role, content }))
const conversation = fc
  .tuple(object, fc.array(message, { minLength: 1, maxLength: 4 }))
  .map(([body, messages]) => ({
    ...body,
    model: 'gpt-4o',
    messages,
    max_tokens: 10,
  }))

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
      fc.property(fc.oneof(object, request, conversation), (body) => {
        attempt(() => wire.peek(body))
        const decoded = attempt(() => wire.decodeRequest(body))
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
      fc.property(object, (body) => {
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
      fc.constantFrom('[DONE]', '{', 'null', '[]'),
    )
    const frame = fc.record(
      { event: fc.constantFrom('error', 'ping', 'message_start', 'x'), data },
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
