import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { after, before, test } from 'node:test'
import { GatewayError, type JobHeader } from '#contract'
import { createMemoryStore, createOwners, createStoredResponses, storedResponseId } from '#store'
import { chunk, end, head, startApi, type TestApi } from '../testing/start-api.suite.ts'

let api: TestApi
before(async () => {
  api = await startApi({ file: { server: { max_upload_size_mb: 1 } } })
})
after(() => api.close())

type Sent = {
  readonly method?: string
  readonly body?: string | ReadableStream
  readonly headers?: Record<string, string>
}

/** Sends one request and plays the worker; what the job says, and the answer. */
async function send(path: string, { method = 'GET', ...init }: Sent = {}) {
  const pending = fetch(`${api.url}${path}`, { method, ...init })
  const job = await api.broker.nextJob()
  const { header, body } = job.submission
  job.send(head({ target: { provider: 'openai', model: '' }, attempts: [] }), chunk('{}'), end())
  const response = await pending
  return { header, body: Buffer.from(body).toString(), response, job }
}

const json = (body: object) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

const passed = ({
  operation,
  wire,
  plan,
  passthrough,
}: Omit<JobHeader, 'version' | 'admittedAtMs' | 'deadlineMs' | 'replyTo'>) =>
  `${plan[0]?.provider} ${operation} ${wire} ${passthrough?.method} ${passthrough?.rest}?${passthrough?.query}`

test('every route says method, path and query of what goes up, on every prefix', async () => {
  const below = {
    'GET /responses/resp_1?include=a&include=b':
      'openai responses openai-responses GET /resp_1?include=a&include=b',
    'DELETE /responses/resp_1': 'openai responses openai-responses DELETE /resp_1?',
    'POST /responses/resp_1/cancel': 'openai responses openai-responses POST /resp_1/cancel?',
    'GET /responses/resp_1/input_items?limit=5':
      'openai responses openai-responses GET /resp_1/input_items?limit=5',
    'GET /files?purpose=batch': 'openai files openai-files GET ?purpose=batch',
    'GET /files/file-1': 'openai files openai-files GET /file-1?',
    'DELETE /files/file-1': 'openai files openai-files DELETE /file-1?',
    'GET /files/a%2Fb/content': 'openai files openai-files GET /a%2Fb/content?',
    'GET /batches': 'openai batches openai-batches GET ?',
    'GET /batches/b': 'openai batches openai-batches GET /b?',
    'POST /batches/b/cancel': 'openai batches openai-batches POST /b/cancel?',
  }
  const anthropic = {
    'GET /messages/batches?limit=2': 'anthropic batches anthropic-batches GET ?limit=2',
    'GET /messages/batches/b': 'anthropic batches anthropic-batches GET /b?',
    'POST /messages/batches/b/cancel': 'anthropic batches anthropic-batches POST /b/cancel?',
    'DELETE /messages/batches/b': 'anthropic batches anthropic-batches DELETE /b?',
    'GET /messages/batches/b/results': 'anthropic batches anthropic-batches GET /b/results?',
  }
  const files = {
    'GET /files/f/content?beta=true': 'anthropic files anthropic-files GET /f/content?beta=true',
  }
  const tables: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ...['/openai/v1', '/openai', '/v1'].map((prefix) => [prefix, below] as const),
    ...['/anthropic/v1', '/anthropic', '/v1'].map((prefix) => [prefix, anthropic] as const),
    ...['/anthropic/v1', '/anthropic'].map((prefix) => [prefix, files] as const),
  ]
  for (const [prefix, table] of tables) {
    for (const [line, wanted] of Object.entries(table)) {
      const [method = '', path = ''] = line.split(' ')
      const { header, response, body } = await send(`${prefix}${path}`, { method })
      assert.equal(passed(header), wanted, `${prefix} ${line}`)
      assert.equal(response.status, 200)
      assert.deepEqual([body, header.passthrough?.contentType, header.key], ['', undefined, undefined])
    }
  }
})

test('bodies go up as they came, JSON checked, an upload as it is read', async () => {
  const text = '{"input_file_id":"file-x", "n":1.0}'
  const batch = await send('/v1/batches', { ...json({}), body: text })
  assert.equal(batch.body, text)
  assert.equal(batch.header.passthrough?.contentType, 'application/json')
  const broken = await fetch(`${api.url}/v1/batches`, { ...json({}), body: '{' })
  assert.equal(broken.status, 400)

  const type = 'multipart/form-data; boundary=x'
  const init = { method: 'POST', body: '--x--', headers: { 'content-type': type } }
  const pending = fetch(`${api.url}/v1/files`, init)
  const job = await api.broker.nextJob()
  assert.equal(job.submission.header.passthrough?.contentType, type)
  const read: Uint8Array[] = []
  for await (const bytes of job.submission.upload ?? []) read.push(bytes)
  assert.equal(Buffer.concat(read).toString(), '--x--')
  job.send(head(), chunk('{}'), end())
  assert.equal((await pending).status, 200)
})

test('an upload that says or turns out to be too long is a 413', async () => {
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }
  const said = await fetch(`${api.url}/v1/files`, { method: 'POST', headers, body: 'x'.repeat(1_048_577) })
  assert.equal(said.status, 413)
  const { body } = new Response('x'.repeat(1_048_577))
  const init: RequestInit = { method: 'POST', headers, body, duplex: 'half' }
  const pending = fetch(`${api.url}/v1/files`, init)
  const job = await api.broker.nextJob()
  const reading = async () => {
    for await (const bytes of job.submission.upload ?? []) assert.ok(bytes.byteLength > 0)
  }
  await assert.rejects(reading(), { code: 'request_too_large', status: 413 })
  const error = new GatewayError({ kind: 'too-large', code: 'request_too_large', message: 'x' }).toData()
  job.send({ type: 'fail', error, attempts: [] })
  assert.equal((await pending).status, 413)
})

test('what is known goes to its provider and key; only what is not goes where the caller says', async () => {
  const owners = createOwners(api.store.records)
  await owners.remember([{ kind: 'file', id: 'file-known' }], { provider: 'gemini', key: 'k' })
  await owners.remember([{ kind: 'batch', id: 'file-known' }], { provider: 'anthropic' })
  const named = { headers: { 'x-bifrost-provider': 'anthropic' } }
  // Gemini has no such API in this build: who owns it is told, and nothing is queued.
  const jobs = api.broker.jobs.length
  const owned = await fetch(`${api.url}/v1/files/file-known`, named)
  assert.equal(owned.status, 501)
  assert.match(await owned.text(), /gemini/)
  assert.equal(api.broker.jobs.length, jobs)

  await owners.remember([{ kind: 'file', id: 'file-known' }], { provider: 'openai', key: 'second' })
  const { header } = await send('/v1/files/file-known', named)
  assert.deepEqual([header.plan[0]?.provider, header.key], ['openai', 'second'])
  const batch = await send('/v1/batches', json({ input_file_id: 'file-known' }))
  assert.equal(batch.header.key, 'second')
  const other = await fetch(`${api.url}/v1/files/file-1`, { headers: { 'x-bifrost-provider': 'nobody' } })
  assert.equal(other.status, 404)
})

test('a request that names a file is made with the key that has it', async () => {
  await createOwners(api.store.records).remember([{ kind: 'file', id: 'file-pdf' }], {
    provider: 'openai',
    key: 'second',
  })
  const content = [{ type: 'file', file: { file_id: 'file-pdf' } }]
  const ask = (model: string) =>
    send('/v1/chat/completions', json({ model, messages: [{ role: 'user', content }] }))
  assert.equal((await ask('gpt-4o')).header.key, 'second')
  const plain = await send(
    '/v1/chat/completions',
    json({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hi' }] }),
  )
  assert.equal(plain.header.key, undefined)
})

test('dots and nothing are no id', async () => {
  for (const path of ['/v1/files/%2E%2E/content', '/v1/batches/%2e', '/v1/files/']) {
    // Not fetch, which walks up such a path by itself.
    const asked = http.get({ port: api.port, path })
    const [answer] = (await once(asked, 'response')) as [http.IncomingMessage]
    answer.resume()
    assert.equal(answer.statusCode, 404, path)
  }
})

test('an answer without a model has none in headers, metrics and the access line', async () => {
  const { response } = await send('/v1/files/file-1')
  assert.equal(response.headers.get('x-bifrost-provider'), 'openai')
  assert.equal(response.headers.get('x-bifrost-model'), null)
  const line = await api.accessOf(response.headers.get('x-request-id'))
  assert.deepEqual([line['operation'], line['provider'], line['model']], ['files', 'openai', undefined])
})

test('another method is a 405 that says which are served', async () => {
  const response = await fetch(`${api.url}/v1/files/file-1`, { method: 'POST' })
  assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, DELETE'])
})

const id = storedResponseId('x'.repeat(32))
const response = {
  id,
  object: 'response',
  model: 'm',
  output: [
    { type: 'message', id: 'msg_2', role: 'assistant', content: [{ type: 'output_text', text: 'two' }] },
  ],
}

function keep(messages: readonly string[], over: object = {}) {
  return createStoredResponses(api.store.records).keep(id, {
    response: { ...response, ...over },
    messages: messages.map((text) => ({ role: 'user', parts: [{ type: 'text', text }], path: 'input' })),
  })
}

test('a response of ours: read, its input in pages, not cancelled but in the background, not streamed', async () => {
  await keep(['a', 'b', 'c'])
  const get = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${api.url}/openai/v1/responses/${path}`, init)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  assert.deepEqual(await get(id), { status: 200, body: response })
  const texts = async (query: string) => {
    const { body } = await get(`${id}/input_items${query}`)
    const data = body['data'] as { id: string; content: { text: string }[] | string }[]
    const words = data.map(({ content }) => (typeof content === 'string' ? content : content[0]?.text))
    return { words, last: data.at(-1)?.id, more: body['has_more'] }
  }
  const first = await texts('?limit=2')
  assert.deepEqual([first.words, first.more], [['c', 'b'], true])
  const second = await texts(`?limit=2&after=${first.last}`)
  assert.deepEqual([second.words, second.more], [['a'], false])
  assert.deepEqual((await texts('?order=asc')).words, ['a', 'b', 'c'])
  for (const query of ['?limit=0', '?limit=x', '?order=up', '?after=none']) {
    assert.equal((await get(`${id}/input_items${query}`)).status, 400, query)
  }
  const replay = await get(`${id}?stream=true&starting_after=3`)
  assert.equal(replay.status, 400)
  assert.match(JSON.stringify(replay.body), /without stream and starting_after/)
  assert.equal((await get(`${id}/cancel`, { method: 'POST' })).status, 400)
  await keep([], { background: true })
  assert.equal((await get(`${id}/cancel`, { method: 'POST' })).status, 200)
  assert.deepEqual((await get(id, { method: 'DELETE' })).body, { id, object: 'response', deleted: true })
  assert.equal((await get(id, { method: 'DELETE' })).status, 404)
  assert.equal((await get(id)).status, 404)
})

test('going on from ours: the earlier turns are told, instructions stay in front, whatever provider is asked', async () => {
  await keep(['one'])
  for (const model of ['gpt-4o', 'anthropic/claude-3-sonnet-20240229']) {
    const ask = { model, input: 'three', instructions: 'Be brief.', previous_response_id: id }
    const { header, body } = await send('/v1/responses', json(ask))
    assert.equal(header.bodyKind, 'canonical')
    const { messages } = JSON.parse(body) as { messages: { role: string; path: string }[] }
    assert.deepEqual(
      messages.map(({ role, path }) => [role, path]),
      [
        ['system', 'instructions'],
        ['user', 'previous_response_id'],
        ['assistant', 'previous_response_id'],
        ['user', 'input'],
      ],
    )
  }
})

test('going on from a provider’s own: its key, and only there', async () => {
  const owners = createOwners(api.store.records)
  await owners.remember([{ kind: 'response', id: 'resp_v' }], { provider: 'openai', key: 'second' })
  const ask = (model: string) => json({ model, input: 'x', previous_response_id: 'resp_v' })
  const { header } = await send('/v1/responses', ask('gpt-4o'))
  assert.deepEqual([header.bodyKind, header.key], ['wire', 'second'])
  const refused = await fetch(`${api.url}/v1/responses`, ask('anthropic/claude-3-sonnet-20240229'))
  assert.equal(refused.status, 400)
  const { error } = (await refused.json()) as { error: { param: string; message: string } }
  assert.equal(error.param, 'previous_response_id')
  assert.match(error.message, /"openai"/)
})

test('a store that is away: what needs it is a 503, the models are not', async () => {
  const away = () =>
    Promise.reject(new GatewayError({ kind: 'unavailable', code: 'store_unavailable', message: 'away' }))
  const store = {
    ...createMemoryStore(),
    records: { set: away, add: away, get: away, getMany: away, delete: away },
  }
  const lonely = await startApi({ api: { store } })
  const statusOf = async (path: string, init: RequestInit = {}) =>
    (await fetch(`${lonely.url}${path}`, init)).status
  assert.equal(await statusOf('/v1/files/file-1'), 503)
  assert.equal(await statusOf(`/v1/responses/${id}`), 503)
  assert.equal(
    await statusOf('/v1/responses', json({ model: 'gpt-4o', input: 'x', previous_response_id: id })),
    503,
  )
  assert.equal(await statusOf('/v1/models'), 200)
  await lonely.close()
})
