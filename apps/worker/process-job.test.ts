import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { GatewayError, Secret } from '#contract'
import { processJob } from './process-job.ts'
import { fakeDelivery } from './testing/fake-delivery.ts'
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
} from './testing/openai-fixtures.ts'
import { answerJson, startStream, startUpstream, unusedUrl } from './testing/upstream.ts'
import { keyConfig, providerConfig, workerContext } from './testing/worker-context.ts'

const gone = new GatewayError({ kind: 'cancelled', code: 'client_gone', message: 'The caller left.' })

test('no line of the log and no frame holds a key', async (context) => {
  const upstream = await startUpstream(context, (response) =>
    answerJson(
      response,
      {
        error: {
          message: 'Incorrect API key provided: sk-canary-key-1.',
          type: 'invalid_request_error',
          code: 'invalid_api_key',
        },
      },
      { status: 401 },
    ),
  )
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body })
  await processJob(worker, delivery)
  assert.equal(only(delivery.reply, 'head').status, 401)
  const parsed = JSON.parse(delivery.reply.text())
  assert.equal(parsed.error.code, 'invalid_api_key')
  const seen = JSON.stringify([worker.lines, delivery.reply.frames, delivery.reply.text()])
  assert.doesNotMatch(seen, /canary/)
  assert.equal(worker.lines.length, 1)
  assert.equal(worker.lines[0]?.level, 'debug')
  assert.match(JSON.stringify(worker.lines[0]), /"key":"key-1"/)
})

test('no byte was written: one further try, with the other key', async (context) => {
  const url = await unusedUrl()
  const worker = workerContext(context, [
    providerConfig('openai', { keys: [keyConfig('a'), keyConfig('b')], network: { baseUrl: url } }),
  ])
  const delivery = fakeDelivery({ target, body })
  await processJob(worker, delivery)
  const failure = only(delivery.reply, 'fail')
  assert.equal(failure.error.kind, 'upstream-unreachable')
  assert.equal(failure.error.code, 'connection_refused')
  const outcome = 'connection_refused'
  assert.deepEqual(failure.attempts, [
    { ...target, outcome },
    { ...target, outcome },
  ])
  const keys = worker.lines.map((line) => (line.fields as { key?: string }).key)
  assert.deepEqual(keys, ['a', 'b'])
})

test('a provider that comes up between the two tries answers, and both tries are told', async (context) => {
  const url = await unusedUrl()
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: url } })])
  const setup = worker.providers.get('openai')
  assert.ok(setup)
  const upstream = await startUpstream(context, (response) => answerJson(response, completion))
  let sent = 0
  const providers = new Map([
    [
      'openai',
      {
        ...setup,
        transport: {
          ...setup.transport,
          send: (request: Parameters<typeof setup.transport.send>[0]) => {
            sent++
            return setup.transport.send(
              sent === 1 ? request : { ...request, url: `${upstream.url}/v1/chat/completions` },
            )
          },
        },
      },
    ],
  ])
  const delivery = fakeDelivery({ target, body })
  await processJob({ ...worker, providers }, delivery)
  assert.equal(delivery.reply.text(), completion)
  assert.deepEqual(
    only(delivery.reply, 'head').attempts.map((attempt) => attempt.outcome),
    ['connection_refused', '200'],
  )
})

test('a socket that closes after the request was written is not tried again', async (context) => {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    socket.once('data', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const worker = workerContext(context, [
    providerConfig('openai', { network: { baseUrl: `http://127.0.0.1:${port}` } }),
  ])
  const delivery = fakeDelivery({ target, body })
  await processJob(worker, delivery)
  assert.equal(only(delivery.reply, 'fail').error.code, 'upstream_connection_lost')
  assert.equal(connections, 1)
})

test('a provider that does not answer in time', async (context) => {
  const upstream = await startUpstream(context, () => {})
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body, remainingMs: 100 })
  await processJob(worker, delivery)
  const failure = only(delivery.reply, 'fail')
  assert.equal(failure.error.code, 'upstream_timeout')
  assert.equal(GatewayError.fromData(failure.error).status, 504)
  await upstream.seen[0]?.closed
})

for (const [name, limits, header, code] of [
  ['falls silent', { streamIdleTimeoutMs: 50 }, streaming, 'stream_idle_timeout'],
  ['never ends', {}, { ...streaming, streamTotalMs: 50 }, 'stream_total_timeout'],
] as const) {
  test(`a stream that ${name} ends with ${code}`, async (context) => {
    const upstream = await startUpstream(context, (response) => startStream(response).write(delta('x')))
    const worker = workerContext(context, [
      providerConfig('openai', { network: { baseUrl: upstream.url, ...limits } }),
    ])
    const delivery = fakeDelivery({ target, body: streamBody, header })
    await processJob(worker, delivery)
    assert.equal(delivery.reply.text(), delta('x'))
    assert.equal(only(delivery.reply, 'fail').error.code, code)
    await upstream.seen[0]?.closed
  })
}

test('the caller leaves before the answer: the upstream socket closes', async (context) => {
  const upstream = await startUpstream(context, () => {})
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body })
  const arriving = upstream.next()
  const running = processJob(worker, delivery)
  const request = await arriving
  delivery.abort(gone)
  await running
  assert.equal(only(delivery.reply, 'fail').error.code, 'client_gone')
  await request.closed
})

test('the caller leaves mid-stream, even while its side is full: the upstream socket closes', async (context) => {
  const upstream = await startUpstream(context, (response) => startStream(response).write(delta('x')))
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: streamBody, header: streaming })
  delivery.reply.block()
  const running = processJob(worker, delivery)
  await delivery.reply.firstChunk
  delivery.abort(gone)
  await running
  assert.equal(only(delivery.reply, 'fail').error.code, 'client_gone')
  await upstream.seen[0]?.closed
})

test('while the caller is slow the provider is not read', async (context) => {
  const total = 200
  let written = 0
  const stalled = Promise.withResolvers<void>()
  const event = delta('y'.repeat(64 * 1024))
  const upstream = await startUpstream(context, (response) => {
    const more = () => {
      while (written < total && response.write(event)) written++
      written++
      if (written > total) response.end(finish + doneEvent)
      else stalled.resolve()
    }
    response.on('drain', more)
    startStream(response).write(delta('x'), more)
  })
  const worker = workerContext(context, [providerConfig('openai', { network: { baseUrl: upstream.url } })])
  const delivery = fakeDelivery({ target, body: streamBody, header: streaming })
  const open = delivery.reply.block()
  const running = processJob(worker, delivery)
  await delivery.reply.firstChunk
  await stalled.promise
  assert.equal(delivery.reply.frames.filter((frame) => frame.type === 'chunk').length, 1)
  assert.ok(written < total, `all ${total} events were taken for a caller that takes none`)
  open()
  await running
  assert.equal(only(delivery.reply, 'end').type, 'end')
  assert.ok(delivery.reply.text().endsWith(doneEvent))
})

test('what cannot be done at all fails before any call', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, completion))
  const network = { baseUrl: upstream.url }
  const worker = workerContext(context, [
    providerConfig('openai', { keys: [keyConfig('a', { models: ['gpt-4o'] })], network }),
    providerConfig('elevenlabs', { network }),
    providerConfig('mine', { network, custom: { baseProviderType: 'nobody', isKeyLess: false } }),
    providerConfig('vllm'),
  ])
  const rows: [string, string, string, number][] = [
    ['anthropic', 'claude', 'config_mismatch', 503],
    ['openai', 'gpt-4o-mini', 'model_not_found', 404],
    ['elevenlabs', 'speaker', 'not_implemented', 501],
    ['mine', 'm', 'not_implemented', 501],
    ['vllm', 'm', 'config_mismatch', 503],
  ]
  for (const [provider, model, code, status] of rows) {
    const delivery = fakeDelivery({ target: { provider, model }, body })
    await processJob(worker, delivery)
    const failure = only(delivery.reply, 'fail')
    assert.equal(failure.error.code, code, provider)
    assert.equal(GatewayError.fromData(failure.error).status, status, provider)
    assert.deepEqual(failure.attempts, [])
  }
  assert.equal(upstream.seen.length, 0)
})

test('a provider without keys, and one with an empty key, are asked without a credential', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, completion))
  const network = { baseUrl: upstream.url }
  const worker = workerContext(context, [
    providerConfig('ollama', { keys: [], network }),
    providerConfig('mine', {
      keys: [keyConfig('a', { value: new Secret('') })],
      network,
      custom: { baseProviderType: 'openai', isKeyLess: true },
    }),
  ])
  for (const provider of ['ollama', 'mine']) {
    const delivery = fakeDelivery({ target: { provider, model: 'm' }, body })
    await processJob(worker, delivery)
    assert.equal(only(delivery.reply, 'head').status, 200)
  }
  assert.deepEqual(
    upstream.seen.map((request) => request.headers['authorization']),
    [undefined, undefined],
  )
})

test('keys are chosen by weight among those that admit the model', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, completion))
  const keys = [
    keyConfig('other', { models: ['gpt-4o'], weight: 100 }),
    keyConfig('light', { weight: 1 }),
    keyConfig('heavy', { weight: 3 }),
  ]
  const provider = providerConfig('openai', { keys, network: { baseUrl: upstream.url } })
  for (const random of [0.1, 0.9]) {
    await processJob(workerContext(context, [provider], random), fakeDelivery({ target, body }))
  }
  assert.deepEqual(
    upstream.seen.map((request) => request.headers['authorization']),
    ['Bearer sk-canary-light', 'Bearer sk-canary-heavy'],
  )
})

test('a mistake of ours is thrown to the broker, which answers it', async (context) => {
  const worker = workerContext(context, [
    providerConfig('openai', { network: { baseUrl: 'http://127.0.0.1:1' } }),
  ])
  const delivery = fakeDelivery({ target, body })
  const mistaken = {
    ...worker,
    providers: { get: () => assert.fail('a bug') } as unknown as typeof worker.providers,
  }
  await assert.rejects(processJob(mistaken, delivery), /a bug/)
})
