import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { JobHeader, Passthrough } from '#contract'
import { processJob } from '../process-job.ts'
import { fakeDelivery } from '../testing/fake-delivery.ts'
import { only } from '../testing/openai-fixtures.ts'
import { answerJson, startStream, startUpstream, type Upstream, unusedUrl } from '../testing/upstream.ts'
import { keyConfig, providerConfig, workerContext } from '../testing/worker-context.ts'

const target = { provider: 'openai', model: 'tts-1' }
const json = 'application/json'

type Asked = {
  readonly passthrough?: Partial<Passthrough>
  readonly header?: Partial<JobHeader>
  readonly body?: string
  readonly upload?: AsyncIterable<Uint8Array>
  readonly model?: string
}

/** One speech request as the API would queue it, processed to its end. */
async function process(context: TestContext, url: string, asked: Asked = {}) {
  const keys = [keyConfig('key-1', { models: ['tts-1'] }), keyConfig('key-2', { models: ['tts-1'] })]
  const worker = workerContext(context, [providerConfig('openai', { keys, network: { baseUrl: url } })])
  const { model = 'openai/tts-1' } = asked
  const delivery = fakeDelivery({
    target: { ...target, model: model === '' ? '' : target.model },
    body: asked.body ?? '{"model":"openai/tts-1", "input":"hi", "speed":1.0}',
    header: {
      wire: 'openai-speech',
      operation: 'speech',
      peek: { model, stream: false, streamUsage: true, fallbacks: [] },
      passthrough: { method: 'POST', rest: '', query: '', contentType: json, ...asked.passthrough },
      ...asked.header,
    },
    ...(asked.upload !== undefined && { upload: asked.upload }),
  })
  assert.deepEqual(await processJob(worker, delivery), { type: 'done' })
  return { reply: delivery.reply, worker }
}

const seenBy = ({ seen }: Upstream) => {
  const [request] = seen
  assert.equal(seen.length, 1)
  assert.ok(request)
  return request
}

test('JSON goes up with the model put in, and bytes of any type come down as they are', async (context) => {
  const sound = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 256))
  const upstream = await startUpstream(context, (response) => {
    response.writeHead(200, {
      'content-type': 'audio/mpeg',
      'content-disposition': 'attachment; filename="speech.mp3"',
      'content-length': sound.length,
      'x-request-id': 'req_1',
      'set-cookie': 'a=b',
    })
    response.end(sound)
  })
  const { reply } = await process(context, upstream.url)
  const request = seenBy(upstream)
  assert.equal(request.path, '/v1/audio/speech')
  assert.equal(request.body, '{"model":"tts-1", "input":"hi", "speed":1.0}')
  assert.equal(request.headers['content-type'], json)
  assert.equal(request.headers['accept'], '*/*')
  assert.match(request.headers['authorization'] ?? '', /^Bearer sk-canary-key-/)
  assert.deepEqual(only(reply, 'head').headers, {
    'content-type': 'audio/mpeg',
    'content-disposition': 'attachment; filename="speech.mp3"',
    'content-length': String(sound.length),
    'request-id': 'req_1',
  })
  const bytes = reply.frames.flatMap((frame) => (frame.type === 'chunk' ? [frame.bytes] : []))
  assert.deepEqual(Buffer.concat(bytes), sound)
  assert.ok(only(reply, 'end'))
})

test('any method, what follows the path, the query, and no body', async (context) => {
  for (const method of ['GET', 'DELETE'] as const) {
    const upstream = await startUpstream(context, (response) => response.writeHead(204).end())
    const passthrough = { method, rest: '/file-1/content', query: 'limit=2&after=a%20b' }
    const { reply } = await process(context, upstream.url, {
      body: '',
      model: '',
      header: { passthrough },
    })
    const request = seenBy(upstream)
    assert.equal(request.path, '/v1/audio/speech/file-1/content?limit=2&after=a%20b')
    assert.equal(request.headers['content-type'], undefined)
    assert.equal(request.body, '')
    assert.equal(only(reply, 'head').status, 204)
    assert.equal(reply.text(), '')
  }
})

test('a body that is no JSON goes up untouched, and one that names no model gets none', async (context) => {
  for (const [sent, asked] of [
    ['{"model":"openai/tts-1"', { passthrough: { contentType: 'text/plain' } }],
    ['{"input":"x","n":1.0}', { model: '' }],
  ] as const) {
    const upstream = await startUpstream(context, (response) => answerJson(response, { ok: true }))
    const { reply } = await process(context, upstream.url, { ...asked, body: sent })
    assert.equal(seenBy(upstream).body, sent)
    assert.equal(reply.text(), '{"ok":true}')
  }
})

test('the usage of a JSON answer is told', async (context) => {
  const answer = { text: 'x', usage: { input_tokens: 3, output_tokens: 4 } }
  const upstream = await startUpstream(context, (response) => answerJson(response, answer))
  const { reply } = await process(context, upstream.url)
  assert.deepEqual(only(reply, 'end').usage, {
    input: { total: 3 },
    output: { total: 4 },
    raw: answer.usage,
  })
})

test('events are relayed whole, and a stream without its last one fails', async (context) => {
  const delta = 'data: {"type":"speech.audio.delta","audio":"AA=="}\n\n'
  const done = 'data: {"type":"speech.audio.done"}\n\n'
  const whole = await startUpstream(context, (response) => startStream(response).end(delta + done))
  // The answer's type decides, not what was asked.
  assert.equal((await process(context, whole.url)).reply.text(), delta + done)
  const cut = await startUpstream(context, (response) => startStream(response).end(delta))
  const { reply } = await process(context, cut.url)
  assert.equal(reply.text(), delta)
  assert.equal(only(reply, 'fail').error.code, 'upstream_stream_truncated')
})

test('an answer that breaks off fails: before its first byte with nothing shown, after it with what came', async (context) => {
  const empty = await startUpstream(context, (response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': 100 }).flushHeaders()
    setImmediate(() => response.destroy())
  })
  const before = await process(context, empty.url)
  assert.deepEqual(
    before.reply.frames.map((frame) => frame.type),
    ['fail'],
  )
  const half = await startUpstream(context, (response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'content-length': 100 }).write('half')
    setTimeout(() => response.destroy(), 20)
  })
  const { reply } = await process(context, half.url)
  assert.equal(reply.text(), 'half')
  assert.equal(only(reply, 'fail').error.code, 'upstream_connection_lost')
})

test("the provider's error comes down as it is, but for the key in it", async (context) => {
  const upstream = await startUpstream(context, (response) =>
    answerJson(
      response,
      '{"error": {"message":"Incorrect API key provided: sk-canary-key-1, sk-canary-key-2.","code":1.0}}',
      { status: 401 },
    ),
  )
  const { reply, worker } = await process(context, upstream.url)
  assert.equal(only(reply, 'head').status, 401)
  assert.equal(reply.text(), '{"error": {"message":"Incorrect API key provided: ***, ***.","code":1.0}}')
  assert.ok(!JSON.stringify([reply.frames, worker.lines]).includes('canary'))
})

test('an upload goes up as it is read, with its own content type', async (context) => {
  const upstream = await startUpstream(context, (response) => answerJson(response, { text: 'x' }))
  async function* upload() {
    yield Buffer.from('--b\r\n')
    yield Buffer.from('--b--\r\n')
  }
  const contentType = 'multipart/form-data; boundary=b'
  const { reply } = await process(context, upstream.url, {
    body: '',
    upload: upload(),
    passthrough: { contentType },
  })
  const request = seenBy(upstream)
  assert.equal(request.body, '--b\r\n--b--\r\n')
  assert.equal(request.headers['content-type'], contentType)
  assert.equal(request.headers['transfer-encoding'], 'chunked')
  assert.equal(reply.text(), '{"text":"x"}')
  const sized = await startUpstream(context, (response) => answerJson(response, {}))
  const passthrough = { contentType, contentLength: 12 }
  await process(context, sized.url, { body: '', upload: upload(), passthrough })
  assert.equal(seenBy(sized).headers['content-length'], '12')
  assert.equal(seenBy(sized).headers['transfer-encoding'], undefined)
  assert.equal(seenBy(sized).body, '--b\r\n--b--\r\n')
})

test('an upload is tried once, also where nobody listens', async (context) => {
  let reads = 0
  async function* upload() {
    reads += 1
    yield Buffer.from('x')
  }
  const { reply, worker } = await process(context, await unusedUrl(), { body: '', upload: upload() })
  assert.equal(only(reply, 'fail').error.code, 'connection_refused')
  assert.equal(worker.calls.length, 1)
  assert.ok(reads <= 1)
})

test('a provider without the operation is refused before anything is asked', async (context) => {
  const { reply } = await process(context, await unusedUrl(), {
    header: { wire: 'cohere-rerank', operation: 'rerank' },
  })
  assert.equal(only(reply, 'fail').error.status, 501)
})
