import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GatewayError } from '#contract'
import { until } from '#testing'
import {
  chatRequest,
  chunk,
  cohereRequest,
  completionsRequest,
  end,
  head,
  messagesRequest,
  startApi,
  type TestApi,
  target,
  targetsOf,
} from './testing/start-api.suite.ts'

let api: TestApi
before(async () => {
  api = await startApi({
    file: {
      server: { forward_headers: ['x-organization'] },
      fallbacks: { 'gpt-4o': ['anthropic/claude-3-sonnet-20240229'] },
    },
  })
})
after(() => api.close())

const answer = '{"id":"chatcmpl-1","n":1.0}'

async function roundTrip(path: string, body: unknown, headers: Record<string, string> = {}) {
  const response = api.post(path, body, headers)
  const job = await api.broker.nextJob()
  job.send(head(), chunk(answer), end())
  return { job, response: await response }
}

test('every path of the surfaces submits its wire, surface and operation', async () => {
  const table = [
    ['/openai/v1/chat/completions', 'openai', 'openai-chat', chatRequest],
    ['/openai/chat/completions', 'openai', 'openai-chat', chatRequest],
    ['/v1/chat/completions', 'root', 'openai-chat', chatRequest],
    ['/anthropic/v1/messages?beta=true', 'anthropic', 'anthropic-messages', messagesRequest],
    ['/anthropic/messages', 'anthropic', 'anthropic-messages', messagesRequest],
    ['/v1/messages', 'root', 'anthropic-messages', messagesRequest],
    ['/openai/v1/completions', 'openai', 'openai-completions', completionsRequest],
    ['/openai/completions', 'openai', 'openai-completions', completionsRequest],
    ['/v1/completions', 'root', 'openai-completions', completionsRequest],
    ['/cohere/v2/chat', 'cohere', 'cohere-v2', cohereRequest],
  ] as const
  for (const [path, surface, wire, body] of table) {
    const { job, response } = await roundTrip(path, body)
    const { header } = job.submission
    assert.equal(response.status, 200, path)
    assert.deepEqual(
      [header.surface, header.wire, header.operation, header.hop],
      [surface, wire, 'chat', 0],
      path,
    )
    assert.equal(header.bodyKind, 'wire', path)
    assert.deepEqual(Buffer.from(job.submission.body).toString(), JSON.stringify(body), path)
  }
})

test('a unary answer is the bytes that came, whole, with our facts in headers', async () => {
  const { response, job } = await roundTrip('/v1/chat/completions', chatRequest, { 'x-request-id': 'mine-1' })
  assert.equal(await response.text(), answer)
  assert.equal(response.headers.get('content-length'), String(answer.length))
  assert.equal(response.headers.get('content-type'), 'application/json')
  assert.equal(response.headers.get('x-request-id'), 'mine-1')
  assert.equal(response.headers.get('x-bifrost-provider'), 'openai')
  assert.equal(response.headers.get('x-bifrost-model'), 'gpt-4o-mini')
  assert.equal(response.headers.get('x-bifrost-attempts'), 'openai/gpt-4o-mini=200')
  assert.equal(response.headers.get('x-bifrost-queue-ms'), '1')
  assert.equal(response.headers.get('x-bifrost-warnings'), null)
  assert.equal(job.submission.header.callerRequestId, 'mine-1')
  assert.match(job.submission.header.requestId, /^[0-9a-f]{32}$/)
})

test('the limits, timeouts and lanes of the submission come from the configuration and the headers', async () => {
  const plain = (await roundTrip('/v1/chat/completions', chatRequest)).job.submission
  assert.deepEqual(plain.limits, { concurrency: 1000, bufferSize: 5000 })
  assert.equal(plain.timeoutMs, 600_000)
  assert.equal(plain.header.streamTotalMs, 3_600_000)
  assert.equal(plain.header.priority, 'normal')
  assert.equal(plain.header.tenant, 'anonymous')
  const asked = (
    await roundTrip('/v1/chat/completions', chatRequest, {
      'x-bifrost-timeout-ms': '1500',
      'x-bifrost-priority': 'low',
      authorization: 'Bearer sk-CANARY-client',
    })
  ).job.submission
  assert.equal(asked.timeoutMs, 1_500)
  assert.equal(asked.header.priority, 'low')
  assert.match(asked.header.tenant, /^[0-9a-f]{32}$/)
  assert.equal(JSON.stringify(asked.header).includes('CANARY'), false)
})

test('only the headers of the contract and the configured ones go up', async () => {
  const { job } = await roundTrip('/anthropic/v1/messages', messagesRequest, {
    'x-api-key': 'sk-CANARY-client',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'tools-2024',
    'x-organization': 'acme',
    'x-environment': 'test',
    cookie: 'a=b',
  })
  assert.deepEqual(job.submission.header.forwardHeaders, {
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'tools-2024',
    'x-organization': 'acme',
  })
})

test("the numbers of a caller's own tool calls go into the canonical request as they were written", async () => {
  const input = '{"id":12345678901234567890,"ratio":1.0}'
  const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }
  const messages = [...messagesRequest.messages, { role: 'assistant', content: [call] }]
  const body = JSON.stringify({ ...messagesRequest, model: 'openai/gpt-4o-mini', messages })
  const pending = fetch(`${api.url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: body.replace('"input":{}', `"input":${input}`),
  })
  const job = await api.broker.nextJob()
  const canonical = Buffer.from(job.submission.body).toString()
  assert.ok(canonical.includes(JSON.stringify(input)), canonical)
  job.send(head(), chunk('{}'), end())
  assert.equal((await pending).status, 200)
})

test('a crossing target gets the canonical request', async () => {
  const body = { ...chatRequest, model: 'anthropic/claude-3-sonnet-20240229', max_tokens: 10 }
  const { job } = await roundTrip('/v1/chat/completions', body)
  const { header } = job.submission
  assert.equal(header.bodyKind, 'canonical')
  assert.deepEqual(targetsOf(header), [{ provider: 'anthropic', model: 'claude-3-sonnet-20240229' }])
  const canonical = JSON.parse(Buffer.from(job.submission.body).toString()) as {
    messages: { role: string }[]
  }
  assert.equal(canonical.messages[0]?.role, 'user')
})

test('an alias and a model that another provider lists are resolved', async () => {
  const alias = await roundTrip('/anthropic/v1/messages', { ...messagesRequest, model: 'fast' })
  assert.deepEqual(targetsOf(alias.job.submission.header), [{ provider: 'openai', model: 'gpt-4o-mini' }])
  const listed = await roundTrip('/v1/chat/completions', {
    ...chatRequest,
    model: 'claude-3-sonnet-20240229',
  })
  assert.equal(listed.job.submission.header.plan[0]?.provider, 'anthropic')
})

test('fallbacks of the body, a header or the configuration are the later targets of the plan, in that order', async () => {
  const claude = { provider: 'anthropic', model: 'claude-3-sonnet-20240229' }
  const mini = { provider: 'openai', model: 'gpt-4o-mini' }
  const named = `${claude.provider}/${claude.model}`
  const byBody = await roundTrip('/v1/chat/completions', { ...chatRequest, fallbacks: [named] })
  const byHeader = await roundTrip('/v1/chat/completions', chatRequest, { 'x-bifrost-fallbacks': named })
  const byConfig = await roundTrip('/v1/chat/completions', { ...chatRequest, model: 'gpt-4o' })
  assert.deepEqual(targetsOf(byBody.job.submission.header), [mini, claude])
  assert.deepEqual(targetsOf(byHeader.job.submission.header), [mini, claude])
  assert.deepEqual(targetsOf(byConfig.job.submission.header), [{ ...mini, model: 'gpt-4o' }, claude])
  // The first target takes the caller's bytes as they are, so these travel, and the worker decodes them for the other.
  assert.deepEqual(
    byBody.job.submission.header.plan.map(({ native }) => native),
    [true, false],
  )
  assert.equal(byBody.job.submission.header.bodyKind, 'wire')
  assert.equal(byBody.response.headers.get('x-bifrost-warnings'), null)
})

test('a fallback that leads nowhere is a 404 that names it; one that cannot carry the request leaves the plan', async () => {
  const nowhere = await api.post('/v1/chat/completions', { ...chatRequest, fallbacks: ['anthropic/x'] })
  assert.equal(nowhere.status, 404)
  assert.match(await nowhere.text(), /"param":"fallbacks\[0\]"/)
  const { job, response } = await roundTrip('/v1/chat/completions', {
    ...chatRequest,
    messages: [
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
    ],
    fallbacks: ['gemini/gemini-2.0-flash'],
  })
  assert.deepEqual(targetsOf(job.submission.header), [{ provider: 'openai', model: 'gpt-4o-mini' }])
  assert.equal(response.headers.get('x-bifrost-warnings'), 'unsupported:fallbacks[gemini/gemini-2.0-flash]')
})

test('the vendor’s headers come down, ours win, request-id is never missing', async () => {
  const pending = api.post('/anthropic/v1/messages', messagesRequest, { 'x-request-id': 'mine-2' })
  const job = await api.broker.nextJob()
  const headers = {
    'content-type': 'application/json',
    'x-request-id': 'vendor',
    'anthropic-ratelimit-requests-remaining': '7',
    'set-cookie': 'a=b',
    connection: 'close',
  }
  const warnings = [{ code: 'unsupported' as const, path: 'seed' }]
  job.send(head({ headers, warnings }), chunk('{}'), end())
  const response = await pending
  assert.equal(response.headers.get('x-request-id'), 'mine-2')
  assert.equal(response.headers.get('request-id'), 'mine-2')
  assert.equal(response.headers.get('anthropic-ratelimit-requests-remaining'), '7')
  assert.equal(response.headers.get('set-cookie'), null)
  assert.equal(response.headers.get('connection'), 'keep-alive')
  assert.equal(response.headers.get('x-bifrost-warnings'), 'unsupported:seed')
})

test('request-id is the vendor’s, else ours, on every answer and error', async () => {
  const vendor = api.post('/v1/chat/completions', chatRequest)
  const sent = head({ headers: { 'content-type': 'application/json', 'request-id': 'req_vendor' } })
  ;(await api.broker.nextJob()).send(sent, chunk('{}'), end())
  assert.equal((await vendor).headers.get('request-id'), 'req_vendor')
  const { response } = await roundTrip('/v1/chat/completions', chatRequest)
  const answers = [response, await api.post('/v1/chat/completions', '{'), await api.post('/v1/models', '{}')]
  for (const { headers, status } of answers) {
    assert.match(headers.get('request-id') ?? '', /^[0-9a-f]{32}$/, String(status))
    assert.equal(headers.get('request-id'), headers.get('x-request-id'))
  }
})

test('what met no route is counted, on the surface of its path', async () => {
  const ask = async (method: string, path: string) => (await fetch(`${api.url}${path}`, { method })).text()
  await ask('POST', '/genai/v1beta/tunedModels/x')
  await ask('GET', '/openai/v1/chat/completions')
  await ask('POST', '/v1/unknown')
  await ask('GET', '/made/up')
  await until(() => api.access().some((line) => line['path'] === '/made/up'))
  const text = await (await fetch(`${api.url}/metrics`)).text()
  for (const [status, surface] of [
    [501, 'genai'],
    [405, 'openai'],
    [404, 'root'],
    [404, 'none'],
  ]) {
    const labels = `provider="none",model="none",status="${status}",surface="${surface}"`
    assert.match(text, new RegExp(`^bifrost_requests_total\\{${labels}\\} 1$`, 'm'))
    assert.match(text, new RegExp(`^bifrost_request_duration_seconds_count\\{${labels}\\} 1$`, 'm'))
  }
})

test('a request id that is no sane token is replaced by ours', async () => {
  for (const id of ['with space', 'x'.repeat(129), '{"a":1}']) {
    const { response } = await roundTrip('/v1/chat/completions', chatRequest, { 'x-request-id': id })
    assert.match(response.headers.get('x-request-id') ?? '', /^[0-9a-f]{32}$/, id)
  }
})

test('a refusal of the broker is the caller’s error, with retry-after', async () => {
  api.broker.failWith(
    new GatewayError({ kind: 'queue-full', code: 'queue_full', message: 'full', retryAfterMs: 1_200 }),
  )
  const full = await api.post('/v1/chat/completions', chatRequest)
  api.broker.failWith(new GatewayError({ kind: 'unavailable', code: 'store_unavailable', message: 'away' }))
  const away = await api.post('/anthropic/v1/messages', messagesRequest)
  api.broker.failWith(undefined)
  assert.equal(full.status, 429)
  assert.equal(full.headers.get('retry-after'), '2')
  assert.equal(((await full.json()) as { error: { code: string } }).error.code, 'queue_full')
  assert.equal(away.status, 503)
  assert.equal(away.headers.get('retry-after'), '1')
  assert.equal(((await away.json()) as { type: string }).type, 'error')
})

test('what the gateway itself breaks on is a 500 that shows nothing of it, and a log line that does', async () => {
  api.broker.failWith(new Error('inner detail') as GatewayError)
  const response = await api.post('/v1/chat/completions', chatRequest)
  api.broker.failWith(undefined)
  assert.equal(response.status, 500)
  assert.equal((await response.text()).includes('inner detail'), false)
  const line = await api.accessOf(response.headers.get('x-request-id'))
  assert.equal(line['level'], 'error')
  assert.deepEqual(line['error'], { type: 'Error', message: 'inner detail' })
})

test('one access line per request, without body or credential', async () => {
  await roundTrip('/v1/chat/completions', chatRequest, {
    authorization: 'Bearer sk-CANARY-client',
    'x-request-id': 'mine-3',
  })
  await api.accessOf('mine-3')
  const lines = api.access().filter((line) => line['callerRequestId'] === 'mine-3')
  assert.equal(lines.length, 1)
  const { time: _time, durationMs, requestId, ...line } = lines[0] ?? {}
  assert.equal(typeof durationMs, 'number')
  assert.match(String(requestId), /^[0-9a-f]{32}$/)
  assert.deepEqual(line, {
    level: 'info',
    callerRequestId: 'mine-3',
    surface: 'root',
    operation: 'chat',
    provider: 'openai',
    model: 'gpt-4o-mini',
    status: 200,
    queueMs: 1.4,
    attempts: [{ ...target, outcome: '200' }],
    usage: { input: { total: 5 }, output: { total: 2 } },
    cost: 0.00000195,
    stopReason: 'stop',
    msg: 'request',
  })
  assert.equal(/CANARY|private prompt/.test(api.lines.join('')), false)
})

test('/metrics shows requests and depths, and survives a store that is away', async () => {
  const text = await (await fetch(`${api.url}/metrics`)).text()
  assert.match(
    text,
    /bifrost_requests_total\{provider="openai",model="gpt-4o-mini",status="200",surface="root"\} \d+/,
  )
  assert.match(text, /bifrost_queue_depth\{provider="anthropic",state="waiting"\} 3/)
  api.broker.failWith(new GatewayError({ kind: 'unavailable', code: 'store_unavailable', message: 'away' }))
  const away = await fetch(`${api.url}/metrics`)
  api.broker.failWith(undefined)
  assert.equal(away.status, 200)
  assert.match(away.headers.get('content-type') ?? '', /^text\/plain; version=0.0.4/)
  assert.equal((await away.text()).includes('bifrost_queue_depth{'), false)
})

test('/health is always 200, /ready follows the broker', async () => {
  const health = await fetch(`${api.url}/health`)
  assert.deepEqual([health.status, await health.json()], [200, { status: 'ok' }])
  assert.equal((await fetch(`${api.url}/ready`)).status, 200)
  api.broker.setReady(false)
  const away = await fetch(`${api.url}/ready`)
  api.broker.setReady(true)
  assert.deepEqual(
    [away.status, await away.json()],
    [503, { status: 'unavailable', reason: 'store_unavailable' }],
  )
  assert.equal((await fetch(`${api.url}/health`, { method: 'HEAD' })).status, 200)
})
