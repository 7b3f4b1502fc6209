import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChatRequest, GatewayError, type JobHeader } from '#contract'
import { processJob } from '../process-job.ts'
import { fakeDelivery } from '../testing/fake-delivery.ts'
import { answerJson, startStream, startUpstream } from '../testing/upstream.ts'
import { providerConfig, workerContext } from '../testing/worker-context.ts'

const target = { provider: 'anthropic', model: 'claude-sonnet-4-5' }
const request: ChatRequest = {
  model: 'anthropic/claude-sonnet-4-5',
  stream: false,
  streamUsage: true,
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  sampling: { maxOutputTokens: 50 },
}
const peek = { model: 'anthropic/claude-sonnet-4-5', stream: false, streamUsage: true, fallbacks: [] }
const canonical: Partial<JobHeader> = {
  bodyKind: 'canonical',
  peek,
  warnings: [{ code: 'unsupported', path: 'logit_bias' }],
}
const streamed: Partial<JobHeader> = { ...canonical, peek: { ...peek, stream: true } }
const streamRequest: ChatRequest = { ...request, stream: true }

const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 2 },
}

const event = (data: { type: string; [member: string]: unknown }) =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
const opening =
  event({ type: 'message_start', message: { ...message, content: [], stop_reason: null } }) +
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })
const words = (text: string) =>
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
const closing =
  event({ type: 'content_block_stop', index: 0 }) +
  event({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 2 },
  }) +
  event({ type: 'message_stop' })

/** Every `data:` of an OpenAI stream. */
function chunks(text: string) {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('data: {'))
    .map((block) => JSON.parse(block.slice('data: '.length)))
}

test('unary: the canonical request goes up in the provider’s wire, the answer comes down in the caller’s', async (context) => {
  const upstream = await startUpstream(context, (response) =>
    answerJson(response, message, {
      headers: { 'request-id': 'req_a', 'anthropic-ratelimit-requests-limit': '9' },
    }),
  )
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: JSON.stringify(request), header: canonical })
  await processJob(worker, delivery)

  const [seen] = upstream.seen
  assert.equal(seen?.path, '/v1/messages')
  assert.equal(seen?.headers['x-api-key'], 'sk-canary-key-1')
  assert.equal(seen?.headers['anthropic-version'], '2023-06-01')
  assert.equal(seen?.headers['authorization'], undefined)
  const sent = JSON.parse(seen?.body ?? '')
  assert.equal(sent.model, 'claude-sonnet-4-5')
  assert.equal(sent.max_tokens, 50)

  const [head] = delivery.reply.frames
  assert.ok(head?.type === 'head')
  assert.equal(head.status, 200)
  assert.equal(head.headers['request-id'], 'req_a')
  assert.equal(head.headers['anthropic-ratelimit-requests-limit'], '9')
  assert.deepEqual(head.warnings[0], { code: 'unsupported', path: 'logit_bias' })
  const answer = JSON.parse(delivery.reply.text())
  assert.equal(answer.object, 'chat.completion')
  assert.equal(answer.choices[0].message.content, 'hello')
  const end = delivery.reply.frames.at(-1)
  assert.ok(end?.type === 'end')
  assert.equal(end.usage?.input.total, 3)
  assert.equal(end.stopReason, 'end_turn')
})

test('unary: the numbers of tool arguments come down as the model wrote them', async (context) => {
  const input = '{"id":12345678901234567890,"ratio":1.0}'
  const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }
  const text = JSON.stringify({ ...message, content: [call] }).replace('"input":{}', `"input":${input}`)
  const upstream = await startUpstream(context, (response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(text)
  })
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: JSON.stringify(request), header: canonical })
  await processJob(worker, delivery)
  const answer = JSON.parse(delivery.reply.text())
  assert.equal(answer.choices[0].message.tool_calls[0].function.arguments, input)
})

test('streamed: the caller’s events, whatever way the bytes are cut', async (context) => {
  const text = opening + words('hel') + words('lo') + closing
  const upstream = await startUpstream(context, (response) => {
    startStream(response)
    response.write(text.slice(0, 100))
    setImmediate(() => response.end(text.slice(100)))
  })
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: JSON.stringify(streamRequest), header: streamed })
  await processJob(worker, delivery)
  const answer = delivery.reply.text()
  const content = chunks(answer).map((chunk) => chunk.choices[0]?.delta?.content ?? '')
  assert.equal(content.join(''), 'hello')
  assert.ok(answer.endsWith('data: [DONE]\n\n'))
  const end = delivery.reply.frames.at(-1)
  assert.ok(end?.type === 'end')
  assert.equal(end.usage?.output.total, 2)
  assert.equal(end.stopReason, 'end_turn')
})

test('streamed: an error in the middle fails after what came before it', async (context) => {
  const upstream = await startUpstream(context, (response) => {
    const error = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
    startStream(response).end(opening + words('hel') + error)
  })
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: JSON.stringify(streamRequest), header: streamed })
  await processJob(worker, delivery)
  assert.match(delivery.reply.text(), /hel/)
  assert.doesNotMatch(delivery.reply.text(), /DONE/)
  const failure = delivery.reply.frames.at(-1)
  assert.ok(failure?.type === 'fail')
  assert.equal(failure.error.kind, 'upstream-rejected')
  assert.match(failure.error.message, /Overloaded/)
})

test('streamed: an error as the first event is an error answer', async (context) => {
  const upstream = await startUpstream(context, (response) => {
    startStream(response).end(
      event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }),
    )
  })
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: JSON.stringify(streamRequest), header: streamed })
  await processJob(worker, delivery)
  assert.equal(delivery.reply.frames.length, 1)
  const [failure] = delivery.reply.frames
  assert.ok(failure?.type === 'fail')
  assert.equal(GatewayError.fromData(failure.error).status, 529)
})

test('streamed: a stream that stops early fails and never says its natural end', async (context) => {
  const upstream = await startUpstream(context, (response) =>
    startStream(response).end(opening + words('hel')),
  )
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: JSON.stringify(streamRequest), header: streamed })
  await processJob(worker, delivery)
  assert.match(delivery.reply.text(), /hel/)
  assert.doesNotMatch(delivery.reply.text(), /DONE/)
  const failure = delivery.reply.frames.at(-1)
  assert.ok(failure?.type === 'fail')
  assert.equal(failure.error.code, 'upstream_stream_truncated')
})

test('a vendor error keeps status and message and is told by the API in the caller’s shape', async (context) => {
  const upstream = await startUpstream(context, (response) =>
    answerJson(
      response,
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      { status: 529, headers: { 'retry-after': '3' } },
    ),
  )
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: JSON.stringify(request), header: canonical })
  await processJob(worker, delivery)
  const [failure] = delivery.reply.frames
  assert.ok(failure?.type === 'fail')
  const error = GatewayError.fromData(failure.error)
  assert.equal(error.status, 529)
  assert.equal(error.message, 'Overloaded')
  assert.equal(error.retryAfterMs, 3000)
  assert.deepEqual(failure.attempts, [{ ...target, outcome: '529' }])
})

test('an error object that says 200 is an error', async (context) => {
  const upstream = await startUpstream(context, (response) =>
    answerJson(response, { type: 'error', error: { type: 'api_error', message: 'no capacity' } }),
  )
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: JSON.stringify(request), header: canonical })
  await processJob(worker, delivery)
  const [failure] = delivery.reply.frames
  assert.ok(failure?.type === 'fail')
  assert.equal(GatewayError.fromData(failure.error).status, 502)
  assert.match(failure.error.message, /no capacity/)
})

test('the caller’s own bytes cross as well, when another target of the plan speaks its wire', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, message))
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const body = '{"model":"claude","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'
  const delivery = fakeDelivery({ target, body, header: { peek } })
  await processJob(worker, delivery)
  assert.equal(JSON.parse(upstream.seen[0]?.body ?? '').max_tokens, 9)
  assert.equal(JSON.parse(delivery.reply.text()).choices[0].message.content, 'hello')
})

test('a queued body that cannot be read is told without its content', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, message))
  const worker = workerContext(context, [providerConfig('anthropic', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: '{"model":', header: canonical })
  await processJob(worker, delivery)
  const [failure] = delivery.reply.frames
  assert.ok(failure?.type === 'fail')
  assert.equal(failure.error.kind, 'internal')
  assert.equal(upstream.seen.length, 0)
})
