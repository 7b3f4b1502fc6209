import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { GatewayError } from '#contract'
import { until } from '#testing'
import {
  chatRequest,
  chunk,
  end,
  head,
  messagesRequest,
  startApi,
  streamHead,
  type TestApi,
  target,
} from './testing/start-api.suite.ts'

let api: TestApi
before(async () => {
  api = await startApi({ api: { clientStallMs: 200 } })
})
after(() => api.close())

const failure = new GatewayError({
  kind: 'upstream-failed',
  code: 'upstream_connection_lost',
  message: 'The provider closed the connection.',
})
const failFrame = {
  type: 'fail',
  error: failure.toData(),
  target,
  attempts: [{ ...target, outcome: '502' }],
} as const
const streaming = { ...chatRequest, stream: true }

/** Reads the body chunk by chunk, so that a test sees what has arrived. */
function reader(response: Response) {
  const stream = response.body?.getReader()
  assert.ok(stream)
  const decoder = new TextDecoder()
  return async () => decoder.decode((await stream.read()).value)
}

test('a stream reaches the caller as it comes, its head before any byte', async () => {
  const pending = api.post('/v1/chat/completions', streaming)
  const job = await api.broker.nextJob()
  job.send(streamHead)
  const response = await pending
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  assert.equal(response.headers.get('x-accel-buffering'), 'no')
  assert.equal(response.headers.get('content-length'), null)
  const read = reader(response)
  job.send(chunk('data: 1\n\n'), chunk('data: 2\n\n'))
  assert.equal(await read(), 'data: 1\n\ndata: 2\n\n')
  job.send(chunk('data: [DONE]\n\n'), end())
  assert.equal(await read(), 'data: [DONE]\n\n')
  assert.equal(await read(), '')
})

test('a failure before the head is a whole error answer in the caller’s shape', async () => {
  for (const path of ['/v1/chat/completions', '/anthropic/v1/messages']) {
    const pending = api.post(path, path.startsWith('/v1') ? streaming : messagesRequest)
    ;(await api.broker.nextJob()).send(failFrame)
    const response = await pending
    assert.equal(response.status, 502)
    assert.equal(response.headers.get('x-bifrost-attempts'), 'openai/gpt-4o-mini=502')
    const body = (await response.json()) as { type?: string; error: { message: string } }
    assert.equal(body.error.message, failure.message)
    assert.equal(body.type, path.startsWith('/v1') ? undefined : 'error')
  }
})

test('a failure after the head of a stream is an error event, never a clean end', async () => {
  const pending = api.post('/v1/chat/completions', streaming)
  const job = await api.broker.nextJob()
  job.send(streamHead, chunk('data: {"n":1}\n\n'))
  const response = await pending
  job.send(failFrame)
  const text = await response.text()
  assert.equal(text.startsWith('data: {"n":1}\n\n'), true)
  assert.equal(text.includes('[DONE]'), false)
  const event = JSON.parse(text.split('\n\n')[1]?.replace('data: ', '') ?? '') as {
    error: { message: string }
  }
  assert.equal(event.error.message, failure.message)
  const line = await api.accessOf(response.headers.get('x-request-id'))
  assert.deepEqual([line['code'], line['status']], [failure.code, 502])
})

test('the error event of numbered events has the next number, even where the last number came in two pieces', async () => {
  const pending = api.post('/v1/responses', { model: 'openai/gpt-4o', input: 'hi', stream: true })
  const job = await api.broker.nextJob()
  job.send(streamHead, chunk('data: {"type":"a","sequence_number":4}\n\ndata: {"type":"b","sequence_num'))
  job.send(chunk('ber":5}\n\n'), failFrame)
  const events = (await (await pending).text()).split('\n\n')
  assert.match(events[2] ?? '', /^event: error\ndata: \{"type":"error",.*"sequence_number":6\}$/)
})

test('a stream that fails in the batch that began it keeps what was received; a head alone is an error answer', async () => {
  const pending = api.post('/v1/chat/completions', streaming)
  ;(await api.broker.nextJob()).send(streamHead, chunk('data: {"n":1}\n\n'), failFrame)
  const response = await pending
  assert.equal(response.status, 200)
  assert.match(await response.text(), /^data: \{"n":1\}\n\ndata: \{"error"/)
  const line = await api.accessOf(response.headers.get('x-request-id'))
  assert.equal(line['code'], failure.code)

  const headOnly = api.post('/v1/chat/completions', streaming)
  ;(await api.broker.nextJob()).send(streamHead, chunk(''), failFrame)
  assert.equal((await headOnly).status, 502)
})

test('a stream that was cut inside an event gets its error on a line of its own', async () => {
  const pending = api.post('/v1/chat/completions', streaming)
  const job = await api.broker.nextJob()
  job.send(streamHead, chunk('data: {"cut'))
  const response = await pending
  job.send(failFrame)
  assert.match(await response.text(), /^data: \{"cut\n\ndata: \{"error"/)
})

test('an Anthropic stream gets the vendor’s error event', async () => {
  const pending = api.post('/anthropic/v1/messages', { ...messagesRequest, stream: true })
  const job = await api.broker.nextJob()
  job.send(streamHead, chunk('event: ping\ndata: {}\n\n'))
  const response = await pending
  job.send(failFrame)
  assert.match(await response.text(), /\n\nevent: error\ndata: \{"type":"error"/)
})

test('a body that is no stream fails cleanly while it is held, and cuts the connection after that', async () => {
  const held = api.post('/v1/chat/completions', chatRequest)
  const first = await api.broker.nextJob()
  first.send(head(), chunk('{"half":'))
  await until(() => first.taken === 1)
  first.send(failFrame)
  assert.equal((await held).status, 502)

  const begun = api.post('/v1/chat/completions', chatRequest)
  const second = await api.broker.nextJob()
  second.send(head(), chunk('x'.repeat(300_000)))
  const response = await begun
  assert.equal(response.status, 200)
  second.send(failFrame)
  await assert.rejects(response.text())
})

test('a large body that is no stream arrives whole', async () => {
  const pending = api.post('/v1/chat/completions', chatRequest)
  const job = await api.broker.nextJob()
  const part = 'y'.repeat(100_000)
  for (let index = 0; index < 8; index++) job.send(...(index === 0 ? [head()] : []), chunk(part))
  job.send(end())
  assert.equal(await (await pending).text(), part.repeat(8))
})

test('a reply that breaks off without a last word is an internal error', async () => {
  const pending = api.post('/v1/chat/completions', chatRequest)
  ;(await api.broker.nextJob()).breakOff()
  assert.equal((await pending).status, 500)
})

test('a caller that leaves while its request waits, or mid-stream, cancels the reply', async () => {
  const waiting = new AbortController()
  const left = api.post('/v1/chat/completions', chatRequest, { 'x-request-id': 'left' }, waiting.signal)
  const first = await api.broker.nextJob()
  waiting.abort()
  await assert.rejects(left)
  await first.cancelled
  const line = await api.accessOf('left')
  assert.deepEqual([line['status'], line['code']], [499, 'client_gone'])

  const midStream = new AbortController()
  const response = await (async () => {
    const pending = api.post('/v1/chat/completions', streaming, {}, midStream.signal)
    const job = await api.broker.nextJob()
    job.send(streamHead, chunk('data: 1\n\n'))
    return { response: await pending, job }
  })()
  midStream.abort()
  await response.job.cancelled
})

test('a slow reader slows the reply down, and is cut when it stops reading', async () => {
  const socket = connect(api.port, '127.0.0.1')
  const body = JSON.stringify(streaming)
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  socket.pause()
  const job = await api.broker.nextJob()
  const batches = 200
  job.send(streamHead)
  for (let index = 0; index < batches; index++) job.send(chunk(`data: ${'z'.repeat(100_000)}\n\n`))
  await job.cancelled
  assert.ok(job.taken < batches, `took ${job.taken} batches of 100 KB from a caller that reads nothing`)
  socket.resume()
  socket.on('error', () => {})
  await once(socket, 'close')
})

test('what a vendor puts into its headers cannot break an answer', async () => {
  const pending = api.post('/anthropic/v1/messages', messagesRequest)
  const error = new GatewayError({
    kind: 'upstream-rejected',
    code: 'upstream_rejected',
    message: 'no',
    status: 429,
    upstream: { provider: 'anthropic', status: 429, requestId: 'bad\r\nid' },
  })
  ;(await api.broker.nextJob()).send({ type: 'fail', error: error.toData(), attempts: [] })
  const response = await pending
  assert.equal(response.status, 429)
  assert.equal(response.headers.get('request-id'), 'bad%0D%0Aid')

  const broken = api.post('/v1/chat/completions', chatRequest)
  ;(await api.broker.nextJob()).send(head({ headers: { 'x-ratelimit-note': 'a\nb' } }), chunk('{}'), end())
  assert.equal((await broken).status, 500)
})

test('a refusal that comes as a whole answer carries retry-after too', async () => {
  const pending = api.post('/v1/chat/completions', chatRequest)
  ;(await api.broker.nextJob()).send(head({ status: 429 }), chunk('{"error":{}}'), end())
  const response = await pending
  assert.equal(response.status, 429)
  assert.equal(response.headers.get('retry-after'), '1')
})

test('a stream that waits is kept open with comments where that was asked for, and then comes whole', async () => {
  const pending = api.post('/v1/chat/completions', streaming, { 'x-bifrost-stream-comments-ms': '5' })
  const job = await api.broker.nextJob()
  const response = await pending
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const read = reader(response)
  assert.match(await read(), /^(: waiting\n\n)+$/)
  job.send(streamHead, chunk('data: 1\n\n'), end())
  let text = ''
  for (let piece = await read(); piece !== ''; piece = await read()) text += piece
  assert.match(text, /^(: waiting\n\n)*data: 1\n\n$/)
})

test('what fails after a comment has gone out is an error event', async () => {
  const refusal = [
    head({ status: 429 }),
    chunk('{"error":{"message":"Slow down, please.","type":"requests"}}'),
    end(),
  ]
  for (const [frames, message] of [
    [[failFrame], failure.message],
    [refusal, 'Slow down, please.'],
  ] as const) {
    const pending = api.post('/v1/chat/completions', streaming, { 'x-bifrost-stream-comments-ms': '5' })
    const job = await api.broker.nextJob()
    const response = await pending
    job.send(...frames)
    const text = await response.text()
    assert.match(text, /^(: waiting\n\n)+data: \{"error":/)
    assert.ok(text.includes(message), text)
    assert.ok(!text.includes('[DONE]'))
  }
})

test('an answer that is no stream, or that nobody asked to keep open, gets no comments', async () => {
  const pending = api.post('/v1/chat/completions', chatRequest, { 'x-bifrost-stream-comments-ms': '1' })
  const job = await api.broker.nextJob()
  await new Promise((resolve) => setTimeout(resolve, 20))
  job.send(head(), chunk('{"n":1}'), end())
  assert.equal(await (await pending).text(), '{"n":1}')
})
