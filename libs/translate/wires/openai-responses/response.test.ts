import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import OpenAI2025 from 'openai-2025'
import { GatewayError, type JsonObject } from '#contract'
import { asked } from '../../asked.suite.ts'
import { encodeSse } from '../../framing/sse.ts'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import { openaiChat } from '../openai-chat/index.ts'
import { caller, fixture, json, sseFrames } from './fixtures.suite.ts'
import { openaiResponses as wire } from './index.ts'

const paths = (warnings: readonly { readonly code: string; readonly path: string }[]) =>
  warnings.map(({ code, path }) => `${code}:${path}`)

test('answers come back from the canonical form as they were', () => {
  for (const name of ['text.response.json', 'tools.response.json']) {
    const original = json(name)
    const response = wire.decodeResponse(original, asked)
    const { body, warnings } = wire.encodeResponse(response, { ...caller, requestId: 'x' })
    assert.deepEqual(warnings, [], name)
    assert.deepEqual(body['output'], original['output'], name)
    for (const member of ['id', 'status', 'model', 'usage', 'created_at', 'incomplete_details', 'error']) {
      assert.deepEqual(body[member], original[member], `${name} ${member}`)
    }
    assert.deepEqual(wire.encodeResponse(wire.decodeResponse(body, asked), caller).body, body, name)
  }
})

test('a response repeats what was asked', () => {
  const { request } = wire.decodeRequest(json('text.request.json'))
  const response = wire.decodeResponse(json('text.response.json'), asked)
  const { body } = wire.encodeResponse(response, { ...caller, request })
  const original = json('text.request.json')
  for (const member of [
    ...['instructions', 'temperature', 'top_p', 'max_output_tokens', 'top_logprobs', 'text', 'reasoning'],
    ...['metadata', 'safety_identifier', 'prompt_cache_key', 'store', 'truncation', 'background'],
  ]) {
    assert.deepEqual(body[member], original[member], member)
  }
  const tools = wire.decodeRequest(json('tools.request.json')).request
  const second = wire.encodeResponse(response, { ...caller, request: tools }).body
  assert.deepEqual(second['tools'], json('tools.request.json')['tools'])
  assert.deepEqual(second['tool_choice'], { type: 'function', name: 'get_weather' })
  assert.equal(second['parallel_tool_calls'], false)
  assert.equal(second['previous_response_id'], 'resp_0a1b')
})

test("every member that the SDK's type requires is there, whoever answered", () => {
  const required = [
    ...['id', 'access_programs', 'created_at', 'error', 'incomplete_details', 'instructions', 'metadata'],
    ...['model', 'object', 'output', 'parallel_tool_calls', 'temperature', 'tool_choice', 'tools', 'top_p'],
  ] as const satisfies readonly (keyof OpenAI.Responses.Response)[]
  const response = openaiChat.decodeResponse(
    { choices: [{ message: { role: 'assistant', content: null }, finish_reason: 'stop' }] },
    asked,
  )
  const { body } = wire.encodeResponse(response, caller)
  for (const member of required) assert.ok(member in body, member)
  assert.equal(body['id'], 'resp_r1')
  assert.equal(body['model'], 'gpt-5.4-mini')
  assert.equal(body['created_at'], 1_700_000_000)
  assert.deepEqual(body['output'], [])
  assert.deepEqual(body['usage'], {
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 0,
  })
})

test('another wire its answer: items with ids of their own, proofs marked, candidates and citations told', () => {
  const { body, warnings } = wire.encodeResponse(
    {
      id: 'msg_01',
      model: 'claude',
      candidates: [
        {
          index: 0,
          parts: [
            { type: 'reasoning', text: 'Hm.', signature: 'ErUB' },
            { type: 'reasoning', text: '', redacted: 'EmwK' },
            { type: 'text', text: 'a', citations: [{ type: 'char_location' }] },
            { type: 'refusal', text: 'b' },
            { type: 'tool-call', id: 'toolu_1', name: 'f', argumentsText: '' },
            { type: 'opaque', wire: 'anthropic-messages', value: { type: 'server_tool_use' } },
          ],
          stopReason: { unified: 'length', raw: 'max_tokens' },
        },
        { index: 1, parts: [], stopReason: { unified: 'stop', raw: 'stop' } },
      ],
    },
    caller,
  )
  assert.deepEqual(body['output'], [
    {
      type: 'reasoning',
      id: 'rs_01_0',
      summary: [{ type: 'summary_text', text: 'Hm.' }],
      encrypted_content: 'signature:ErUB',
    },
    { type: 'reasoning', id: 'rs_01_1', summary: [], encrypted_content: 'redacted:EmwK' },
    {
      id: 'msg_01_2',
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [
        { type: 'output_text', text: 'a', annotations: [], logprobs: [] },
        { type: 'refusal', refusal: 'b' },
      ],
    },
    {
      id: 'fc_01_3',
      type: 'function_call',
      status: 'completed',
      arguments: '{}',
      call_id: 'toolu_1',
      name: 'f',
    },
  ])
  assert.equal(body['status'], 'incomplete')
  assert.deepEqual(body['incomplete_details'], { reason: 'max_output_tokens' })
  assert.deepEqual(paths(warnings), [
    'unsupported:choices[1]',
    'unsupported:choices[0].message.content[2].citations',
    'unsupported:choices[0].message.content[5]',
  ])
})

test('of an answer that was cut the last message is incomplete', () => {
  const { body } = wire.encodeResponse(
    {
      id: 'x',
      model: 'm',
      candidates: [
        {
          index: 0,
          parts: [{ type: 'text', text: 'a' }],
          stopReason: { unified: 'content-filter', raw: 'f' },
        },
      ],
    },
    caller,
  )
  assert.equal((body['output'] as readonly JsonObject[])[0]?.['status'], 'incomplete')
  assert.deepEqual(body['incomplete_details'], { reason: 'content_filter' })
})

test('statuses are reasons to stop', () => {
  const reason = (extra: JsonObject) =>
    wire.decodeResponse({ output: [], ...extra }, asked).candidates[0]?.stopReason
  assert.deepEqual(reason({ status: 'completed' }), { unified: 'stop', raw: 'completed' })
  const call = { type: 'function_call', call_id: 'c', name: 'f', arguments: '' }
  assert.deepEqual(reason({ status: 'completed', output: [call] }), {
    unified: 'tool-calls',
    raw: 'completed',
  })
  const cut = (why: string) => reason({ status: 'incomplete', incomplete_details: { reason: why } })
  assert.deepEqual(cut('max_output_tokens'), { unified: 'length', raw: 'max_output_tokens' })
  assert.deepEqual(cut('content_filter'), { unified: 'content-filter', raw: 'content_filter' })
  assert.deepEqual(cut('steered'), { unified: 'other', raw: 'steered' })
  assert.deepEqual(reason({ status: 'queued' }), { unified: 'other', raw: 'queued' })
})

test('logprobs cross in the shape of the chat wire', () => {
  const logprob = { token: 'a', bytes: [97], logprob: -0.1, top_logprobs: [] }
  const message = (logprobs: readonly JsonObject[]) => ({
    ...{ id: 'msg_1', type: 'message', status: 'completed', role: 'assistant' },
    content: [{ type: 'output_text', text: 'a', annotations: [], logprobs }],
  })
  const response = wire.decodeResponse(
    { id: 'resp_1', status: 'completed', output: [message([logprob])] },
    asked,
  )
  assert.deepEqual(response.candidates[0]?.logprobs, { content: [logprob], refusal: null })
  assert.deepEqual(wire.encodeResponse(response, caller).body['output'], [message([logprob])])
})

test("Anthropic's callers hold OpenAI's reasoning as a signature that comes back whole", () => {
  const response = wire.decodeResponse(json('tools.response.json'), asked)
  const { body } = anthropicMessages.encodeResponse(response, caller)
  const answered = { role: 'assistant', content: body['content'] ?? null }
  const next = anthropicMessages.decodeRequest({
    model: 'm',
    max_tokens: 99,
    messages: [{ role: 'user', content: 'hi' }, answered],
  })
  const sent = wire.encodeRequest(next.request, { model: 'gpt-5.4-mini', quirks: {} })
  const original = (json('tools.response.json')['output'] as readonly JsonObject[])[0]
  assert.deepEqual((sent.body['input'] as readonly JsonObject[])[1], original)
  assert.deepEqual(sent.warnings, [])
})

test('a failed response and a 200 with an error inside are errors', () => {
  const failed = (body: JsonObject, status: number, code: string) =>
    assert.throws(
      () => wire.decodeResponse(body, asked),
      (error) => GatewayError.is(error) && error.status === status && error.code === code,
    )
  failed({ status: 'failed', output: [], error: { code: 'server_error', message: 'm' } }, 500, 'server_error')
  failed({ error: { code: 'invalid_image_url', message: 'm' } }, 400, 'invalid_image_url')
  failed({ id: 'x' }, 502, 'upstream_malformed_answer')
})

test('a tapped answer gives model, reason and usage', () => {
  const facts = wire.tapResponse(json('text.response.json'))
  assert.equal(facts.model, 'gpt-5.4-mini-2026-03-17')
  assert.equal(facts.stopReason, 'completed')
  assert.deepEqual(facts.usage?.input, { total: 1219, cacheRead: 1024, cacheWrite: 0, uncached: 195 })
})

test('a vendor error keeps status, type, code and message', () => {
  const error = wire.decodeError({
    provider: 'openai',
    status: 400,
    headers: {},
    text: fixture('invalid-id.error.json'),
    nowMs: 0,
  })
  assert.equal(error.status, 400)
  assert.equal(error.code, 'previous_response_not_found')
  assert.equal(error.param, 'previous_response_id')
})

test('an error inside a stream has the number after that of the last event that went out', () => {
  const error = new GatewayError({ kind: 'upstream-failed', code: 'gone', message: 'It is gone.' })
  const numberAfter = (text?: string) => {
    const [frame] = wire.encodeStreamError(error, 'r1', text === undefined ? undefined : Buffer.from(text))
    return JSON.parse(frame?.data ?? '{}').sequence_number
  }
  assert.equal(numberAfter(), 0)
  assert.equal(numberAfter(''), 0)
  const events = sseFrames(fixture('text.sse')).slice(0, 4)
  const { sequence_number: last } = JSON.parse(events.at(-1)?.data ?? '{}')
  assert.equal(last, 3)
  assert.equal(numberAfter(Buffer.from(encodeSse(events)).toString()), 4)
  // The vendor's order, and a text that speaks of numbers.
  const said = JSON.stringify({ sequence_number: 7, delta: '"sequence_number":99,' })
  assert.equal(numberAfter(`data: ${said}\n\n`), 8)
})

test('both generations of the client raise for an error inside a stream, flat as the types say or nested', async () => {
  const error = new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_stream_truncated',
    message: 'It ended.',
  })
  const [ours] = wire.encodeStreamError(error, 'r1')
  const nested = {
    type: 'error',
    sequence_number: 3,
    error: { type: 'server_error', code: null, message: 'It ended.', param: null },
  }
  const begun = sseFrames(fixture('text.sse')).slice(0, 4)
  for (const last of [ours, { event: 'error', data: JSON.stringify(nested) }]) {
    assert.ok(last !== undefined)
    for (const Client of [OpenAI, OpenAI2025 as unknown as typeof OpenAI]) {
      const client = new Client({
        apiKey: 'none',
        maxRetries: 0,
        fetch: async () =>
          new Response(Buffer.from(encodeSse([...begun, last])), {
            headers: { 'content-type': 'text/event-stream' },
          }),
      })
      await assert.rejects(
        client.responses.stream({ model: 'm', input: 'hi' }).finalResponse(),
        (raised) => raised instanceof Client.APIError && /It ended/.test(raised.message),
      )
    }
  }
})
