import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { until } from '#testing'
import {
  chatRequest,
  chunk,
  end,
  head,
  messagesRequest,
  startApi,
  type TestApi,
} from './testing/start-api.suite.ts'

let api: TestApi
before(async () => {
  api = await startApi()
})
after(() => api.close())

const surfaces = [
  { path: '/v1/chat/completions', valid: chatRequest, anthropic: false },
  { path: '/anthropic/v1/messages', valid: messagesRequest, anthropic: true },
] as const

/** Checks the status and that the body is an error of the caller's wire; returns its message. */
async function refused(
  pending: Promise<Response> | Response,
  status: number,
  anthropic: boolean,
): Promise<string> {
  const response = await pending
  const body = (await response.json()) as { type?: string; error: { type: string; message: string } }
  assert.equal(response.status, status, body.error.message)
  assert.equal(body.type, anthropic ? 'error' : undefined)
  assert.equal(typeof body.error.type, 'string')
  assert.ok(body.error.message.length > 0)
  assert.equal(JSON.stringify(body).includes('    at '), false)
  return body.error.message
}

for (const { path, valid, anthropic } of surfaces) {
  const post = (body: unknown, headers?: Record<string, string>) => api.post(path, body, headers)

  test(`${path}: bad bodies are a 400 in the caller's shape and submit nothing`, async () => {
    const submitted = api.broker.jobs.length
    const { model: _model, ...withoutModel } = valid
    const bodies: readonly [string, unknown][] = [
      ['broken JSON', '{"model": "gpt'],
      ['empty', ''],
      ['not an object', '[1, 2]'],
      ['no model', withoutModel],
      ['model of a wrong type', { ...valid, model: 7 }],
      ['no messages', { model: valid.model }],
      ['empty messages', { ...valid, messages: [] }],
      ['messages of a wrong type', { ...valid, messages: 'hello' }],
      ['stream of a wrong type', { ...valid, stream: 'yes' }],
      ['deep', `{"model":"x","messages":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ]
    for (const [what, body] of bodies) {
      const message = await refused(post(body), 400, anthropic)
      assert.equal(/private prompt/.test(message), false, what)
    }
    assert.equal(api.broker.jobs.length, submitted)
  })

  test(`${path}: invalid UTF-8 is a 400`, async () => {
    const body = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])
    const response = fetch(`${api.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    assert.match(await refused(response, 400, anthropic), /UTF-8/)
  })

  test(`${path}: an unknown model is a 404, a registered provider without a configuration too`, async () => {
    for (const model of ['mistral/mistral-large', 'openai/unknown-model', 'nobody/model', 'openai/']) {
      const response = await post({ ...valid, model })
      await refused(response, 404, anthropic)
      const line = await api.accessOf(response.headers.get('x-request-id'))
      assert.equal(line['code'], 'model_not_found')
    }
  })

  test(`${path}: a provider whose API is not in the build is a 501`, async () => {
    assert.match(await refused(post({ ...valid, model: 'elevenlabs/speaker' }), 501, anthropic), /elevenlabs/)
  })

  test(`${path}: wrong headers are a 400 naming the header`, async () => {
    for (const [name, value] of [
      ['x-bifrost-timeout-ms', 'soon'],
      ['x-bifrost-priority', 'urgent'],
      ['x-bifrost-fallbacks', 'nobody'],
    ] as const) {
      assert.match(await refused(post(valid, { [name]: value }), 400, anthropic), new RegExp(name))
    }
  })

  test(`${path}: what is not plain JSON is a 415`, async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'json',
      'application/',
    ]) {
      await refused(post(valid, { 'content-type': type }), 415, anthropic)
    }
    await refused(post(valid, { 'content-encoding': 'gzip' }), 415, anthropic)
  })

  test(`${path}: application/json with parameters is accepted`, async () => {
    const pending = post(valid, { 'content-type': 'application/json; charset=utf-8' })
    ;(await api.broker.nextJob()).send(head(), chunk('{}'), end())
    assert.equal((await pending).status, 200)
  })

  test(`${path}: 25 MiB pass, more is a 413`, async () => {
    const padding = (bytes: number) => ({
      ...valid,
      messages: [{ role: 'user', content: 'x'.repeat(bytes) }],
    })
    const pending = post(padding(25 * 1_048_576 - 1_000))
    const job = await api.broker.nextJob()
    assert.ok(job.submission.body.byteLength > 26_000_000)
    job.send(head(), chunk('{}'), end())
    assert.equal((await pending).status, 200)
    assert.match(await refused(post(padding(25 * 1_048_576)), 413, anthropic), /25 MiB/)
  })

  test(`${path}: another method is a 405`, async () => {
    const response = await fetch(`${api.url}${path}`)
    assert.equal(response.headers.get('allow'), 'POST')
    assert.equal(response.status, 405)
    assert.equal(((await response.json()) as { type?: string }).type, anthropic ? 'error' : undefined)
  })
}

test('a 413 reaches the SDKs while they are still uploading 30 MB', async () => {
  const content = 'x'.repeat(30_000_000)
  const openai = new OpenAI({ baseURL: `${api.url}/openai/v1`, apiKey: 'dummy', maxRetries: 0 })
  await assert.rejects(
    openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }] }),
    (error) => error instanceof OpenAI.APIError && error.status === 413,
  )
  const anthropic = new Anthropic({ baseURL: `${api.url}/anthropic`, apiKey: 'dummy', maxRetries: 0 })
  await assert.rejects(
    anthropic.messages.create({
      model: 'claude-3-sonnet-20240229',
      max_tokens: 1,
      messages: [{ role: 'user', content }],
    }),
    (error) => error instanceof Anthropic.APIError && error.status === 413,
  )
})

test('a 413 is sent before the upload has ended, and an upload of unknown length is bounded too', async () => {
  const upload = httpRequest(`${api.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  })
  const answered = once(upload, 'response')
  const part = Buffer.alloc(1_048_576, 0x20)
  for (let index = 0; index < 27; index++) upload.write(part)
  const [response] = await answered
  assert.equal(response.statusCode, 413)
  assert.equal(response.headers.connection, 'close')
  upload.end(part)
  response.resume()
  await once(response, 'close')
})

test('a refusal that needs no body does not wait for it and does not reset the connection', async () => {
  const upload = httpRequest(`${api.url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', 'content-length': 5_000_000 },
  })
  upload.write('x')
  const [response] = await once(upload, 'response')
  assert.equal(response.statusCode, 415)
  upload.end(Buffer.alloc(4_999_999, 0x78))
  response.resume()
  await once(response, 'end')
})

test('unknown paths are a 404, paths to come a 501 and other methods a 405, in the shape of their prefix', async () => {
  const table = [
    ['/', 404, false],
    ['/v1/unknown', 404, false],
    ['/anthropic/v1/unknown', 404, true],
    ['/openai/openai/deployments/d/images/variations', 501, false],
    ['/v1/models', 405, false],
    ['/litellm/v1/models', 405, false],
    ['/litellm/anthropic/v1/unknown', 404, true],
    ['/litellm/health', 404, false],
    ['/%zz', 400, false],
  ] as const
  for (const [path, status, anthropic] of table) {
    await refused(fetch(`${api.url}${path}`, { method: 'POST', body: '{}' }), status, anthropic)
  }
  const below = await fetch(`${api.url}/litellm/v1/models?a=1`, { method: 'POST', body: '{}' })
  assert.equal(below.headers.get('allow'), 'GET')
  const line = await api.accessOf(below.headers.get('x-request-id') ?? undefined)
  assert.equal(line['path'], '/litellm/v1/models')
})

test('what is no HTTP is answered and closed; the server goes on', async () => {
  const overflow = `GET /health HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(20_000)}\r\n\r\n`
  for (const [bytes, status] of [
    ['nonsense\r\n\r\n', '400'],
    [overflow, '431'],
    [
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
      '400',
    ],
  ] as const) {
    const socket = connect(api.port, '127.0.0.1')
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.on('error', () => {})
    socket.write(bytes)
    await once(socket, 'close')
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} `), bytes.slice(0, 40))
    const [head = '', body = ''] = text.split('\r\n\r\n')
    const error = (JSON.parse(body) as { error: { message: string; code: string } }).error
    assert.ok(error.message.length > 0)
    assert.match(head, new RegExp(`\r\ncontent-length: ${Buffer.byteLength(body)}(\r\n|$)`))
    // Lines of earlier requests may still come, so this one's is found by its id.
    const requestId = /\r\nx-request-id: ([0-9a-f]{32})(\r\n|$)/.exec(head)?.[1]
    const line = await api.accessOf(requestId)
    assert.deepEqual([line['level'], line['status'], line['code']], ['warn', Number(status), error.code])
  }
  assert.equal((await fetch(`${api.url}/health`)).status, 200)
})

test('a caller that leaves during its upload costs nothing but a line', async () => {
  const socket = connect(api.port, '127.0.0.1')
  socket.write(
    'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-request-id: leaves\r\ncontent-length: 100\r\n\r\n{',
  )
  await once(socket, 'connect')
  socket.write('"')
  await until(() => socket.bytesWritten > 100)
  socket.destroy()
  assert.equal((await api.accessOf('leaves'))['status'], 499)
})
