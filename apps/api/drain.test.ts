import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chatRequest, chunk, end, head, startApi, streamHead } from './testing/start-api.suite.ts'

const timeout = (seconds: number) => ({ file: { server: { drain_timeout_in_seconds: seconds } } })

test('a drain lets requests in hand end, refuses new ones and then closes', async () => {
  const api = await startApi(timeout(60))
  const pending = api.post('/v1/chat/completions', chatRequest)
  const job = await api.broker.nextJob()
  const drained = api.api.drain()

  const ready = await fetch(`${api.url}/ready`)
  assert.deepEqual([ready.status, await ready.json()], [503, { status: 'unavailable', reason: 'draining' }])
  assert.equal((await fetch(`${api.url}/health`)).status, 200)
  const refused = await api.post('/v1/chat/completions', chatRequest)
  assert.equal(refused.status, 503)
  assert.equal(refused.headers.get('connection'), 'close')
  assert.equal(refused.headers.get('retry-after'), '1')
  assert.equal(((await refused.json()) as { error: { code: string } }).error.code, 'draining')

  job.send(head(), chunk('{}'), end())
  const answer = await pending
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('connection'), 'close')
  await drained
  await assert.rejects(fetch(`${api.url}/health`))
  await api.api.drain()
})

test('past the drain timeout streams get an error event and waiting requests a 503', async () => {
  const api = await startApi(timeout(0.05))
  const streamed = api.post('/v1/chat/completions', { ...chatRequest, stream: true })
  const stream = await api.broker.nextJob()
  stream.send(streamHead, chunk('data: 1\n\n'))
  const response = await streamed
  const waiting = api.post('/v1/chat/completions', chatRequest)
  const job = await api.broker.nextJob()
  const drained = api.api.drain()

  const text = await response.text()
  assert.match(text, /^data: 1\n\ndata: \{"error".*"draining"/)
  assert.equal((await waiting).status, 503)
  await Promise.all([stream.cancelled, job.cancelled, drained])
  assert.deepEqual(
    api.access().map((line) => [line['status'], line['code']]),
    [
      [503, 'draining'],
      [503, 'draining'],
    ],
  )
})

test('a listener that cannot be had rejects with the system’s code', async () => {
  const first = await startApi()
  await assert.rejects(startApi({ port: first.port }), { code: 'EADDRINUSE' })
  await first.close()
})
