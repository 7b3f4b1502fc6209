import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChatRequest, GatewayError, type JsonObject, type Message } from '#contract'
import { leastRequest } from '../../asked.suite.ts'
import { readText } from './fixtures.suite.ts'
import { bedrockConverse as wire } from './index.ts'
import { createClient, generations, throughSdk } from './sdk.suite.ts'

const claude = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'

test('a vendor error keeps status, type, message and the id of the request', () => {
  const error = wire.decodeError({
    provider: 'bedrock',
    status: 429,
    headers: {
      'x-amzn-errortype': 'ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/',
      'x-amzn-requestid': 'b1946ac9',
      'retry-after': '3',
    },
    text: readText('throttled.error.json'),
    nowMs: 0,
  })
  assert.equal(error.status, 429)
  assert.equal(error.retryAfterMs, 3_000)
  assert.equal(error.message, 'Too many requests, please wait before trying again.')
  assert.deepEqual(error.upstream, {
    provider: 'bedrock',
    status: 429,
    type: 'ThrottlingException',
    requestId: 'b1946ac9',
  })
})

test('both generations of the client raise their own class for every error', async () => {
  const own = (kind: GatewayError['kind'], code: string, status?: number) =>
    new GatewayError({ kind, code, message: 'm', status })
  const cases = [
    [own('invalid-request', 'invalid_type'), 'ValidationException'],
    [own('unauthenticated', 'invalid_api_key'), 'UnrecognizedClientException'],
    [own('forbidden', 'forbidden'), 'AccessDeniedException'],
    [own('not-found', 'model_not_found'), 'ResourceNotFoundException'],
    [own('queue-full', 'queue_full'), 'ThrottlingException'],
    [own('internal', 'internal_error'), 'InternalServerException'],
    [own('unavailable', 'draining'), 'ServiceUnavailableException'],
    [own('timeout', 'queue_timeout'), 'ModelTimeoutException'],
    [own('upstream-rejected', 'overloaded_error', 529), 'ServiceUnavailableException'],
    [own('upstream-failed', 'upstream_bad_response'), 'InternalServerException'],
  ] as const
  for (const [error, name] of cases) {
    const { status, body, headers } = wire.encodeError(error, 'r1')
    for (const { sdk } of generations) {
      const client = createClient(sdk, { status, body: JSON.stringify(body), headers: headers ?? {} })
      const raised = await client.send(new sdk.ConverseCommand({ modelId: claude, messages: [] })).then(
        () => undefined,
        (reason: unknown) => reason,
      )
      assert.ok(raised instanceof sdk.BedrockRuntimeServiceException)
      assert.equal(raised.name, name)
      assert.equal(raised.message, 'm')
      assert.equal(raised.$metadata.httpStatusCode, error.status)
      assert.equal(raised.$metadata.requestId, 'r1')
      const modelled = (sdk as unknown as Record<string, unknown>)[name]
      if (typeof modelled === 'function') assert.ok(raised instanceof (modelled as typeof Error), name)
    }
  }
})

const turn = (role: Message['role'], text: string): Message => ({ role, parts: [{ type: 'text', text }] })

test('an answer in a form comes by a tool where the model has no other way, and reads as text', async () => {
  const request: ChatRequest = {
    ...leastRequest,
    messages: [turn('user', 'hi')],
    tools: [{ type: 'function', name: 'json_answer' }],
    responseFormat: { type: 'json-schema', name: 'n', schema: { properties: { a: { type: 'number' } } } },
  }
  const model = 'amazon.nova-pro-v1:0'
  const { body, warnings } = wire.encodeRequest(request, { model, quirks: {} })
  const config = body['toolConfig'] as { tools: { toolSpec: JsonObject }[]; toolChoice: JsonObject }
  assert.deepEqual(config.toolChoice, { any: {} })
  assert.equal(config.tools[1]?.toolSpec['name'], 'json_answer_2')
  assert.deepEqual(warnings, [{ code: 'changed', path: 'response_format' }])
  assert.deepEqual(await throughSdk(body), body)
  const context = { request, model }
  const toolUse = { toolUseId: 't', name: 'json_answer_2', input: { a: 1 } }
  const answer = wire.decodeResponse(
    { output: { message: { role: 'assistant', content: [{ toolUse }] } }, stopReason: 'tool_use' },
    context,
  )
  assert.deepEqual(answer.candidates[0], {
    index: 0,
    parts: [{ type: 'text', text: '{"a":1}' }],
    stopReason: { unified: 'stop', raw: 'end_turn' },
  })
  const frames = [
    { event: 'messageStart', data: '{}' },
    {
      event: 'contentBlockStart',
      data: '{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"json_answer_2"}}}',
    },
    {
      event: 'contentBlockDelta',
      data: '{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\\"a\\":1}"}}}',
    },
    { event: 'contentBlockStop', data: '{"contentBlockIndex":0}' },
    { event: 'messageStop', data: '{"stopReason":"tool_use"}' },
  ]
  const decoder = wire.createStreamDecoder(context)
  const events = [...frames.flatMap((frame) => [...decoder.push(frame)]), ...decoder.end()]
  assert.deepEqual(events.slice(1, 3), [
    { type: 'block-start', candidate: 0, block: 0, start: { type: 'text' } },
    { type: 'block-delta', candidate: 0, block: 0, delta: { type: 'text', text: '{"a":1}' } },
  ])
  assert.deepEqual(events.at(-2), {
    type: 'candidate-end',
    candidate: 0,
    stopReason: { unified: 'stop', raw: 'end_turn' },
  })
})
