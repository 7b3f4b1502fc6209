import assert from 'node:assert/strict'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { startRoutes, wireNamed } from './testing/own-routes.suite.ts'
import { chunk, end, head, startApi, type TestApi, targetsOf } from './testing/start-api.suite.ts'

let api: TestApi
before(async () => {
  const server = { max_upload_size_mb: 1.5 }
  api = await startApi({ file: { server }, api: { bodyTimeoutMs: 200 } })
})
after(() => api.close())

const speech = { model: 'fast', input: 'private words', voice: 'alloy' }
const target = { provider: 'openai', model: 'gpt-4o-mini' }

/** A form with fields and one file, in this order. */
function formOf(...parts: readonly (readonly [string, string | Uint8Array])[]): FormData {
  const form = new FormData()
  for (const [name, value] of parts) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, new Blob([Buffer.from(value)]), 'talk.mp3')
  }
  return form
}

const send = (body: FormData, headers: Record<string, string> = {}, path = '/v1/audio/transcriptions') =>
  fetch(`${api.url}${path}`, { method: 'POST', body, headers })

async function read(upload: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  return Buffer.concat(await Array.fromAsync(upload ?? [])).toString('latin1')
}

test('JSON travels as it came, with its plan, and a binary answer starts at once', async () => {
  const pending = api.post('/openai/v1/audio/speech?trace=1&api_key=secret', speech, {
    'x-request-id': 'one',
  })
  const job = await api.broker.nextJob()
  const { header, body, upload } = job.submission
  assert.equal(Buffer.from(body).toString(), JSON.stringify(speech))
  assert.equal(upload, undefined)
  assert.deepEqual(header.passthrough, {
    method: 'POST',
    rest: '',
    query: 'trace=1',
    contentType: 'application/json',
  })
  assert.deepEqual(targetsOf(header), [target])
  assert.equal(header.peek.model, 'fast')
  assert.equal(header.wire, 'openai-speech')
  job.send(head({ headers: { 'content-type': 'audio/mpeg', 'content-length': '6' } }), chunk('ID3'))
  const response = await pending
  assert.equal(response.headers.get('content-type'), 'audio/mpeg')
  assert.equal(response.headers.get('content-length'), '6')
  job.send(chunk('...'), end())
  assert.equal(await response.text(), 'ID3...')
  const line = await api.accessOf('one')
  assert.equal(line['operation'], 'speech')
  assert.equal(line['model'], 'gpt-4o-mini')
  assert.equal(line['status'], 200)
})

test('a JSON answer is held and goes out whole; one that fails in the middle is a clean error', async () => {
  const good = api.post('/v1/moderations', { input: 'x' })
  const first = await api.broker.nextJob()
  assert.deepEqual(targetsOf(first.submission.header), [{ provider: 'openai', model: '' }])
  first.send(head({ target: { provider: 'openai', model: '' } }), chunk('{"a":'), chunk('1}'), end())
  const response = await good
  assert.equal(response.headers.get('content-length'), '7')
  assert.equal(response.headers.get('x-bifrost-model'), null)
  const bad = api.post('/v1/moderations', { input: 'x' })
  const second = await api.broker.nextJob()
  second.send(head(), chunk('{"a":'))
  const error = { kind: 'upstream-failed', code: 'upstream_connection_lost', message: 'lost' } as const
  second.send({ type: 'fail', error, attempts: [] })
  assert.equal((await bad).status, 502)
})

test('an event stream that was not asked for streams all the same, and ends with an error event', async () => {
  const pending = api.post('/v1/audio/speech', speech)
  const job = await api.broker.nextJob()
  job.send(head({ headers: { 'content-type': 'text/event-stream' } }), chunk('data: 1\n\n'))
  const response = await pending
  const error = { kind: 'upstream-failed', code: 'upstream_stream_truncated', message: 'cut' } as const
  job.send({ type: 'fail', error, attempts: [] })
  assert.match(await response.text(), /^data: 1\n\ndata: \{"error".*upstream_stream_truncated/)
})

test('where a request names no model: the headers, else the provider of the surface', async () => {
  const sendAs = async (headers: Record<string, string>) => {
    const pending = api.post('/v1/moderations', { input: 'x' }, headers)
    const { submission, send: answer } = await api.broker.nextJob()
    answer(head(), chunk('{}'), end())
    await (await pending).text()
    return { plan: targetsOf(submission.header)[0], body: Buffer.from(submission.body).toString() }
  }
  assert.deepEqual(await sendAs({ 'x-bifrost-model': 'fast' }), {
    plan: target,
    body: '{"input":"x","model":"fast"}',
  })
  assert.deepEqual((await sendAs({ 'x-bifrost-provider': 'openai' })).plan, { provider: 'openai', model: '' })
  const refused = async (headers: Record<string, string>) => {
    const response = await api.post('/v1/moderations', { input: 'x' }, headers)
    const { error } = (await response.json()) as { error: { code: string } }
    return `${response.status} ${error.code}`
  }
  assert.equal(await refused({ 'x-bifrost-provider': 'nobody' }), '404 provider_not_found')
  assert.equal(await refused({ 'x-bifrost-provider': 'anthropic' }), '501 not_implemented')
  assert.equal(await refused({ 'x-bifrost-model': 'gpt-9' }), '404 model_not_found')
})

test('a form travels as an upload, its model put in wherever it stands', async () => {
  const file = Buffer.alloc(100_000, 'ä')
  for (const parts of [
    [
      ['model', 'fast'],
      ['file', file],
      ['stream', 'true'],
    ] as const,
    [
      ['stream', 'true'],
      ['file', file],
      ['model', 'fast'],
    ] as const,
  ]) {
    const pending = send(formOf(...parts))
    const job = await api.broker.nextJob()
    const { header, body, upload } = job.submission
    assert.equal(body.byteLength, 0)
    assert.deepEqual(targetsOf(header), [target])
    assert.equal(header.peek.model, 'fast')
    assert.match(header.passthrough?.contentType ?? '', /^multipart\/form-data; boundary=/)
    const text = await read(upload)
    assert.match(text, /name="model"\r\n\r\ngpt-4o-mini\r\n/)
    assert.ok(text.includes(file.toString('latin1')))
    assert.match(text, /--\r\n$/)
    assert.equal(header.passthrough?.contentLength, text.length)
    job.send(head(), chunk('{}'), end())
    assert.equal((await pending).status, 200)
  }
})

test('a model behind the head of its form goes to the provider of the surface, or fails by name', async () => {
  const file = Buffer.alloc(1_200_000, 'x')
  const ask = async (model: string, headers: Record<string, string> = {}) => {
    const pending = send(formOf(['file', file], ['model', model]), headers)
    const job = await api.broker.nextJob()
    const text = await read(job.submission.upload).catch((error: unknown) => error as Error)
    job.send(head(), chunk('{}'), end())
    await pending
    return { plan: targetsOf(job.submission.header)[0], text }
  }
  const own = await ask('openai/gpt-4o')
  assert.deepEqual(own.plan, { provider: 'openai', model: '' })
  assert.match(String(own.text), /name="model"\r\n\r\ngpt-4o\r\n/)
  const other = await ask('gemini/gemini-pro')
  assert.ok(other.text instanceof Error)
  assert.deepEqual(
    [(other.text as { status?: number }).status, (other.text as { code?: string }).code],
    [501, 'not_implemented'],
  )
  assert.equal((await ask('openai/gpt-9')).text.toString().includes('does not exist here'), true)
  const named = await ask('whatever', { 'x-bifrost-model': 'fast' })
  assert.deepEqual(named.plan, target)
  assert.match(String(named.text), /name="model"\r\n\r\ngpt-4o-mini\r\n/)
})

test('a form that names two models is refused', async () => {
  const pending = send(formOf(['model', 'fast'], ['file', Buffer.alloc(100_000)], ['model', 'gpt-4o']))
  const job = await api.broker.nextJob()
  await assert.rejects(read(job.submission.upload), { status: 400, code: 'invalid_form', param: 'model' })
  job.send(head(), chunk('{}'), end())
  await pending
})

test('uploads above the limit: 413 by their length, and by what has come', async () => {
  const large = formOf(['model', 'fast'], ['file', Buffer.alloc(1_700_000)])
  const response = await send(large)
  assert.equal(response.status, 413)
  assert.match(await response.text(), /1\.5 MiB.*max_upload_size_mb/)
  // Without a length it is known only when it is reached.
  const request = http.request(`${api.url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  })
  request.on('error', () => {})
  request.write('--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nfast\r\n--b\r\n\r\n')
  request.write(Buffer.alloc(1_700_000, 'x'))
  const job = await api.broker.nextJob()
  await assert.rejects(read(job.submission.upload), { status: 413 })
  request.destroy()
  await job.cancelled
})

test('a caller that leaves while its next bytes are waited for ends upload and job', async () => {
  const request = http.request(`${api.url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  })
  request.on('error', () => {})
  request.write('--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nfast\r\n--b\r\n\r\n')
  const job = await api.broker.nextJob()
  const reader = job.submission.upload?.[Symbol.asyncIterator]()
  assert.ok(reader)
  let head = ''
  while (!head.endsWith('gpt-4o-mini\r\n--b'))
    head += Buffer.from((await reader.next()).value ?? []).toString()
  const waiting = reader.next()
  request.write('\r\nfile')
  assert.ok((await waiting).value)
  const lost = reader.next()
  request.destroy()
  await assert.rejects(lost, { code: 'client_gone' })
  await job.cancelled
})

test('past the drain timeout an upload in hand is let go and its caller told', async () => {
  const draining = await startApi({ file: { server: { drain_timeout_in_seconds: 0.05 } } })
  const request = http.request(`${draining.url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  })
  const answered = new Promise<number | undefined>((resolve) => {
    request.on('response', (response) => {
      resolve(response.resume().statusCode)
      request.destroy()
    })
  })
  request.on('error', () => {})
  request.write('--b\r\ncontent-disposition: form-data; name="model"\r\n\r\nfast\r\n--b\r\n\r\n')
  const job = await draining.broker.nextJob()
  const drained = draining.api.drain()
  assert.equal(await answered, 503)
  await job.cancelled
  await drained
})

test('a body that does not come whole in time is 408, held whole or as a form', async () => {
  for (const [path, type] of [
    ['/v1/chat/completions', 'application/json'],
    ['/v1/audio/transcriptions', 'multipart/form-data; boundary=b'],
  ] as const) {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const options = { method: 'POST', headers: { 'content-type': type, 'content-length': 100 } }
      const request = http.request(`${api.url}${path}`, options, (response) => {
        resolve(response.statusCode)
        request.destroy()
      })
      request.on('error', reject)
      request.write('--b')
    })
    assert.equal(status, 408)
  }
})

test('bodies of another kind are refused', async () => {
  const json = await api.post('/v1/audio/transcriptions', { model: 'fast' })
  assert.equal(json.status, 415)
  assert.match(await json.text(), /send multipart\/form-data/)
  const form = await send(formOf(['model', 'fast']), {}, '/v1/audio/speech')
  assert.equal(form.status, 415)
  const zipped = await send(formOf(['model', 'fast']), { 'content-encoding': 'gzip' })
  assert.equal(zipped.status, 415)
  const nameless = await api.post('/v1/audio/transcriptions', 'x', { 'content-type': 'multipart/form-data' })
  assert.equal(nameless.status, 400)
  const silent = await api.post('/v1/audio/speech', {})
  assert.equal(silent.status, 400)
  assert.match(await silent.text(), /model is missing/)
})

test('a route may take other methods, no body, and what follows in its path', async (context) => {
  const route = {
    surface: 'openai',
    wire: wireNamed('openai-moderations'),
    operation: 'moderations',
    ownProvider: 'openai',
  } as const
  const { broker, url, port } = await startRoutes(context, [
    {
      ...route,
      path: '/v1/files/:id/content',
      methods: ['GET', 'DELETE'],
      passthrough: {
        accepts: ['none'],
        rest: ({ params }) => `/${encodeURIComponent(params['id'] ?? '')}/content`,
      },
      address: ({ query }) => ({ stream: query.get('stream') === 'true' }),
    },
    { ...route, path: '/v1/bytes', passthrough: { accepts: ['bytes'] } },
    {
      ...route,
      path: '/v1/raw/*',
      passthrough: { accepts: ['none', 'json'], rest: ({ params }) => `/${params['*']}` },
    },
  ])
  for (const method of ['GET', 'DELETE'] as const) {
    const pending = fetch(`${url}/v1/files/a%20b/content?stream=true&key=AIza1`, { method })
    const job = await broker.nextJob()
    const { header, body } = job.submission
    assert.deepEqual(header.passthrough, { method, rest: '/a%20b/content', query: 'stream=true' })
    assert.equal(header.peek.stream, true)
    assert.equal(body.byteLength, 0)
    job.send(head({ status: 200, headers: { 'content-type': 'text/plain' } }), chunk('bytes'), end())
    assert.equal(await (await pending).text(), 'bytes')
  }
  const sent = Buffer.alloc(300_000, 'x')
  const headers = { 'content-type': 'image/png', 'x-bifrost-model': 'fast' }
  const uploaded = fetch(`${url}/v1/bytes`, { method: 'POST', body: sent, headers })
  const { submission, send: answer } = await broker.nextJob()
  assert.deepEqual(submission.header.passthrough, {
    method: 'POST',
    rest: '',
    query: '',
    contentType: 'image/png',
    contentLength: sent.length,
  })
  assert.deepEqual(targetsOf(submission.header), [target])
  assert.equal((await read(submission.upload)).length, sent.length)
  answer(head(), chunk('{}'), end())
  await uploaded
  const wrong = await fetch(`${url}/v1/files/x/content`, { method: 'POST' })
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, DELETE'])
  // Raw, because a client of ours would tidy the path up.
  for (const path of ['/v1/raw/%2e%2e/admin', '/v1/raw/a/../../b', '/v1/raw/..%2fx', '/v1/raw/a%5c..%5cb']) {
    const status = await new Promise((resolve, reject) => {
      const request = http.request({ port, host: '127.0.0.1', path, method: 'POST' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      request.on('error', reject).end()
    })
    assert.equal(status, 404, path)
  }
  assert.equal(broker.jobs.length, 3)
})
