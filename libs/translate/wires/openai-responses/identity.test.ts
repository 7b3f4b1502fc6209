import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChatRequest, ChatResponse, Json, JsonObject } from '#contract'
import { asked } from '../../asked.suite.ts'
import { caller, decodeFrames, encodeEvents, frame } from './fixtures.suite.ts'
import { openaiResponses as wire } from './index.ts'

/** What this wire has written comes back from the canonical form as it was, whatever it holds. */

const runs = 1_000
const text = fc.string({ maxLength: 8 })
const optional = <T>(name: string, value: fc.Arbitrary<T>) =>
  fc
    .option(value, { nil: undefined })
    .map((chosen) => (chosen === undefined ? {} : { [name]: chosen as Json }))
const merged = (...pieces: fc.Arbitrary<object>[]) =>
  fc.tuple(...pieces).map((chosen): JsonObject => Object.assign({}, ...chosen) as JsonObject)

const citation = fc.record({ type: fc.constant('url_citation'), url: text, title: text })
const outputText = merged(
  fc.record({ type: fc.constant('output_text'), text, annotations: fc.array(citation, { maxLength: 2 }) }),
  optional('mark', text),
)
const refusal = fc.record({ type: fc.constant('refusal'), refusal: text })
const said = fc.array(fc.oneof(outputText, refusal), { minLength: 1, maxLength: 3 })
const assistant = merged(
  fc.record({ type: fc.constant('message'), role: fc.constant('assistant'), content: fc.oneof(text, said) }),
  optional('id', fc.constant('msg_1')),
  optional('phase', fc.constantFrom('commentary', 'final_answer')),
)
const reasoning = merged(
  fc.record({
    type: fc.constant('reasoning'),
    id: fc.constantFrom('rs_1', 'rs_2'),
    summary: fc.array(fc.record({ type: fc.constant('summary_text'), text }), { maxLength: 2 }),
  }),
  optional('encrypted_content', fc.constant('gAAAA=')),
)
const call = merged(
  fc.record({
    type: fc.constant('function_call'),
    call_id: text,
    name: text,
    arguments: fc.constantFrom('{}', '{"a": 1.0}', '{'),
  }),
  optional('id', fc.constant('fc_1')),
  optional('namespace', text),
)
const inputPart = fc.oneof(
  fc.record({ type: fc.constant('input_text'), text }),
  fc.record({ type: fc.constant('input_image'), detail: fc.constant('auto'), image_url: fc.webUrl() }),
  fc.record({ type: fc.constant('input_file'), file_id: text }),
  fc.record({ type: fc.constant('input_hologram'), of: text }),
)
const inputContent = fc.oneof(text, fc.array(inputPart, { minLength: 1, maxLength: 3 }))
const output = merged(
  fc.record({ type: fc.constant('function_call_output'), call_id: text, output: inputContent }),
  optional('status', fc.constant('completed')),
)
const user = merged(
  fc.record({ type: fc.constant('message'), role: fc.constantFrom('user', 'system', 'developer') }),
  fc.record({ content: inputContent }),
  optional('status', fc.constant('completed')),
)
const opaque = merged(fc.record({ type: fc.constantFrom('item_reference', 'web_search_call'), id: text }))
const item = fc.oneof(user, assistant, assistant, reasoning, call, output, opaque)
const request = merged(
  fc.record({
    model: fc.constant('gpt-5.4'),
    input: fc.oneof(text, fc.array(item, { minLength: 1, maxLength: 6 })),
  }),
  optional('instructions', text),
  optional('include', fc.subarray(['message.output_text.logprobs', 'web_search_call.results'])),
  optional('reasoning', fc.record({ effort: fc.constantFrom('low', 'none'), context: text })),
  optional(
    'text',
    fc.record({ verbosity: text, format: fc.record({ type: fc.constantFrom('text', 'json_object') }) }),
  ),
  optional('store', fc.boolean()),
  optional('user', text),
  optional('stream', fc.boolean()),
)
const copy = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T

test('a request that this wire has written', () => {
  fc.assert(
    fc.property(request, (body) => {
      const write = (from: JsonObject) => {
        const decoded: ChatRequest = copy(wire.decodeRequest(from).request)
        const { body: written, warnings } = wire.encodeRequest(decoded, { model: 'gpt-5.4', quirks: {} })
        assert.deepEqual(warnings, [])
        return { written: copy(written), decoded }
      }
      const first = write(body)
      const second = write(first.written)
      assert.deepEqual(second.written, first.written)
      assert.deepEqual(write(second.written).decoded, second.decoded)
    }),
    { numRuns: runs },
  )
})

const answerItems = fc.array(fc.oneof(assistant, reasoning, call, opaque), { maxLength: 5 })
const whole = answerItems.map((items): readonly JsonObject[] =>
  items.map((each) => (typeof each['content'] === 'string' ? { ...each, content: [] } : each)),
)

test('an answer that this wire has written', () => {
  fc.assert(
    fc.property(whole, (items) => {
      const body = { id: 'resp_1', model: 'm', status: 'completed', created_at: 1, output: items }
      const write = (from: JsonObject) => {
        const decoded: ChatResponse = copy(wire.decodeResponse(from, asked))
        return copy(wire.encodeResponse(decoded, caller).body)
      }
      const first = write(body)
      assert.deepEqual(write(first), first)
    }),
    { numRuns: runs },
  )
})

test('a stream that this wire has written', () => {
  fc.assert(
    fc.property(whole, (items) => {
      const response = { id: 'resp_1', model: 'm', created_at: 1, status: 'completed', output: items }
      const events = decodeFrames([
        frame({ type: 'response.created', response: { ...response, output: [] } }),
        frame({ type: 'response.completed', response }),
      ])
      const first = encodeEvents(events).frames
      assert.deepEqual(encodeEvents(decodeFrames(first)).frames, first)
    }),
    { numRuns: runs },
  )
})
