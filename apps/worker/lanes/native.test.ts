import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError, type JobHeader, Secret } from '#contract'
import { processJob } from '../process-job.ts'
import { fakeDelivery } from '../testing/fake-delivery.ts'
import {
  body,
  completion,
  delta,
  doneEvent,
  finish,
  only,
  streamBody,
  streaming,
  target,
  usageChunk,
} from '../testing/openai-fixtures.ts'
import { answerJson, startStream, startUpstream } from '../testing/upstream.ts'
import { keyConfig, providerConfig, workerContext } from '../testing/worker-context.ts'

test('native, unary: bytes up with the model put in, bytes down as they came, usage on the side', async (context) => {
  const upstream = await startUpstream(context, (response) =>
    answerJson(response, completion, {
      headers: { 'x-request-id': 'req_1', 'x-ratelimit-remaining-tokens': '5', 'set-cookie': 'a=b' },
    }),
  )
  const worker = workerContext(context, [
    providerConfig('openai', { network: { baseUrl: upstream.url, extraHeaders: { 'x-team': 'blue' } } }),
  ])
  const delivery = fakeDelivery({
    target,
    body,
    header: {
      peek: { model: 'openai/gpt-4o-mini', stream: false, streamUsage: false, fallbacks: [] },
      forwardHeaders: { 'openai-organization': 'org', 'anthropic-beta': 'x' },
    },
  })
  assert.deepEqual(await processJob(worker, delivery), { type: 'done' })

  const [request] = upstream.seen
  assert.equal(request?.path, '/v1/chat/completions')
  assert.equal(request?.body, body.replace('openai/gpt-4o-mini', 'gpt-4o-mini'))
  assert.equal(request?.headers['authorization'], 'Bearer sk-canary-key-1')
  assert.equal(request?.headers['openai-organization'], 'org')
  assert.equal(request?.headers['anthropic-beta'], undefined)
  assert.equal(request?.headers['x-team'], 'blue')

  const { reply } = delivery
  assert.equal(reply.text(), completion)
  const head = only(reply, 'head')
  assert.equal(head.status, 200)
  assert.deepEqual(head.headers, {
    'content-type': 'application/json',
    'request-id': 'req_1',
    'x-ratelimit-remaining-tokens': '5',
  })
  assert.deepEqual(head.target, target)
  assert.equal(head.queueMs, 7)
  assert.deepEqual(head.attempts, [{ ...target, outcome: '200' }])
  const end = only(reply, 'end')
  assert.equal(end.usage?.input.total, 3)
  assert.equal(end.usage?.output.total, 2)
  assert.deepEqual(end.attempts, head.attempts)
  assert.deepEqual(worker.calls, [{ ...target, outcome: '200' }])
})

test('native, streamed: events as they came, whole, with head before them and usage after', async (context) => {
  const upstream = await startUpstream(context, (response) => {
    startStream(response)
    const text = delta('hel') + delta('lo') + finish + usageChunk + doneEvent
    response.write(text.slice(0, 40))
    setImmediate(() => response.end(text.slice(40)))
  })
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: streamBody, header: streaming })
  await processJob(worker, delivery)
  assert.equal(delivery.reply.text(), delta('hel') + delta('lo') + finish + usageChunk + doneEvent)
  const head = only(delivery.reply, 'head')
  assert.equal(head.headers['content-type'], 'text/event-stream; charset=utf-8')
  assert.equal(head.headers['request-id'], 'req_vendor')
  assert.equal(only(delivery.reply, 'end').usage?.output.total, 2)
  assert.equal(upstream.seen[0]?.headers['accept'], 'text/event-stream')
})

test('native, streamed: usage that only we asked for is kept back and counted', async (context) => {
  const upstream = await startUpstream(context, (response) => {
    startStream(response).end(delta('x') + finish + usageChunk + doneEvent)
  })
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({
    target,
    body: streamBody,
    header: { peek: { model: 'gpt-4o-mini', stream: true, streamUsage: false, fallbacks: [] } },
  })
  await processJob(worker, delivery)
  assert.match(upstream.seen[0]?.body ?? '', /"include_usage":\s*true/)
  assert.equal(delivery.reply.text(), delta('x') + finish + doneEvent)
  assert.equal(only(delivery.reply, 'end').usage?.input.total, 3)
})

for (const [name, end] of [
  ['ends cleanly', (socket: { end(): void; destroy(): void }) => socket.end()],
  ['breaks off', (socket: { end(): void; destroy(): void }) => socket.destroy()],
] as const) {
  test(`native, streamed: a stream that ${name} in the middle fails after its whole events`, async (context) => {
    const upstream = await startUpstream(context, (response) => {
      startStream(response)
      response.write(`${delta('hel')}data: {"half`, () => end(response))
    })
    const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
    const delivery = fakeDelivery({ target, body: streamBody, header: streaming })
    await processJob(worker, delivery)
    assert.equal(delivery.reply.text(), delta('hel'))
    const failure = only(delivery.reply, 'fail')
    assert.equal(failure.error.kind, 'upstream-failed')
    const code = name === 'breaks off' ? 'upstream_connection_lost' : 'upstream_stream_truncated'
    assert.equal(failure.error.code, code)
    assert.deepEqual(failure.attempts, [{ ...target, outcome: code }])
    assert.equal(upstream.seen.length, 1)
  })
}

test('native, streamed: a socket that breaks after the natural end changes nothing', async (context) => {
  const upstream = await startUpstream(context, (response) => {
    startStream(response)
    response.write(delta('x') + finish + doneEvent, () => response.destroy())
  })
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: streamBody, header: streaming })
  await processJob(worker, delivery)
  assert.equal(delivery.reply.text(), delta('x') + finish + doneEvent)
  assert.equal(only(delivery.reply, 'end').type, 'end')
})

test("a vendor's error answer comes down in the vendor's bytes, with its status and its Retry-After", async (context) => {
  const text = '{ "error": {"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"} }'
  const upstream = await startUpstream(context, (response) =>
    answerJson(response, text, { status: 429, headers: { 'retry-after': '7' } }),
  )
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  for (const header of [{}, streaming]) {
    const delivery = fakeDelivery({ target, body: streamBody, header })
    await processJob(worker, delivery)
    const head = only(delivery.reply, 'head')
    assert.equal(head.status, 429)
    assert.equal(head.headers['retry-after'], '7')
    assert.deepEqual(head.attempts, [{ ...target, outcome: '429' }])
    assert.equal(delivery.reply.text(), text)
    assert.deepEqual(only(delivery.reply, 'end').attempts, head.attempts)
  }
})

const broken: [
  string,
  Partial<JobHeader>,
  { status?: number; type: string; text: string },
  string,
  number,
][] = [
  ['HTML with an error status', {}, { status: 503, type: 'text/html', text: '<h1>no</h1>' }, '', 503],
  ['an empty error', {}, { status: 500, type: 'text/plain', text: '' }, '', 500],
  ['HTML that says 200', {}, { type: 'text/html', text: '<h1>login</h1>' }, 'upstream_bad_response', 502],
  ['broken JSON', {}, { type: 'application/json', text: '{"id":' }, 'upstream_bad_response', 502],
  ['JSON that is no object', {}, { type: 'application/json', text: '[]' }, 'upstream_bad_response', 502],
  [
    'a stream where JSON was asked',
    {},
    { type: 'text/event-stream', text: doneEvent },
    'upstream_bad_response',
    502,
  ],
  ['a redirect', {}, { status: 302, type: 'text/html', text: '' }, 'upstream_bad_response', 502],
  [
    'HTML where a stream was asked',
    streaming,
    { type: 'text/html', text: '<p>' },
    'upstream_bad_response',
    502,
  ],
  [
    'JSON where a stream was asked',
    streaming,
    { type: 'application/json', text: completion },
    'upstream_bad_response',
    502,
  ],
  [
    'an error object where a stream was asked',
    streaming,
    { type: 'application/json', text: '{"error":{"message":"no capacity","type":"server_error"}}' },
    '',
    502,
  ],
  [
    'a stream without events',
    streaming,
    { type: 'text/event-stream', text: '' },
    'upstream_stream_truncated',
    502,
  ],
]

for (const [name, header, answer, code, status] of broken) {
  test(`${name} becomes an error of status ${status}`, async (context) => {
    const upstream = await startUpstream(context, (response) => {
      response.writeHead(answer.status ?? 200, { 'content-type': answer.type }).end(answer.text)
    })
    const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
    const delivery = fakeDelivery({ target, body: streamBody, header })
    await processJob(worker, delivery)
    const failure = only(delivery.reply, 'fail')
    assert.equal(GatewayError.fromData(failure.error).status, status)
    if (code !== '') assert.equal(failure.error.code, code)
    assert.equal(delivery.reply.frames.length, 1)
    assert.equal(upstream.seen.length, 1)
    assert.doesNotMatch(failure.error.message, /<h1>|login/)
  })
}

test('an answer above 32 MiB is refused and its socket closed', async (context) => {
  const upstream = await startUpstream(context, (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const chunk = Buffer.alloc(1024 * 1024, ' ')
    const more = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', more)
    more()
  })
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body })
  await processJob(worker, delivery)
  assert.equal(only(delivery.reply, 'fail').error.code, 'upstream_answer_too_large')
  await upstream.seen[0]?.closed
})

test('a large answer goes out in chunks of at most 64 KiB', async (context) => {
  const text = JSON.stringify({ ...JSON.parse(completion), padding: 'x'.repeat(3_000_000) })
  const upstream = await startUpstream(context, (response) => answerJson(response, text))
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body })
  await processJob(worker, delivery)
  assert.equal(delivery.reply.text(), text)
  for (const frame of delivery.reply.frames) {
    assert.ok(frame.type !== 'chunk' || frame.bytes.length <= 64 * 1024)
  }
})

test('native, streamed: keys in an error event are masked, every other byte stays', async (context) => {
  const echo = 'my key is sk-proj-abcdefghijklmnopqrst'
  const error = (message: string) => `data: {"error": {"message":"${message}","n":1.0}}\n\n`
  const upstream = await startUpstream(context, (response) => {
    startStream(response).end(delta(echo) + error('Boom sk-proj-abcdefghijklmnopqrst for sk-canary-key-1'))
  })
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: streamBody, header: streaming })
  await processJob(worker, delivery)
  assert.equal(delivery.reply.text(), delta(echo) + error('Boom *** for ***'))
})

test('native, streamed: the same on the Anthropic wire, as the first event', async (context) => {
  const error = (text: string) =>
    `event: error\ndata: {"type":"error","error":{"type":"api_error","message":"${text}"}}\n\n`
  const upstream = await startUpstream(context, (response) => {
    startStream(response).end(error('bad sk-ant-api03-abcdefghijkl and plain0secret'))
  })
  const keys = [keyConfig('key-1', { value: new Secret('plain0secret') })]
  const worker = workerContext(context, [
    providerConfig('anthropic', { keys, network: { baseUrl: upstream.url } }),
  ])
  const delivery = fakeDelivery({
    target: { provider: 'anthropic', model: 'claude-sonnet-4-5' },
    body: streamBody,
    header: { ...streaming, wire: 'anthropic-messages', surface: 'anthropic' },
  })
  await processJob(worker, delivery)
  assert.equal(delivery.reply.text(), error('bad *** and ***'))
})
