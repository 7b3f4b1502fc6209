import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from '#contract'
import { until } from '#testing'
import {
  answerFrames,
  ask,
  bodyOf,
  chunk,
  end,
  errorOf,
  failWith,
  head,
  replayed,
  startCache,
} from './helpers.suite.ts'

test('identical requests in flight read one call, whenever they come', async () => {
  const started = startCache()
  const leader = started.answer()
  const early = started.answer()
  const job = await started.broker.nextJob()
  job.send(head, chunk('{"id":"1"'))
  await until(() => job.taken === 1)
  const late = started.answer()
  job.send(chunk('}'), end)
  assert.deepEqual(await leader, { frames: answerFrames, outcomes: ['miss'] })
  for (const joined of [await early, await late]) {
    assert.deepEqual(joined, { frames: replayed(...answerFrames), outcomes: ['joined'] })
  }
  assert.equal(started.broker.jobs.length, 1)
})

test('one that joins a stream has what was said so far before the rest is said', async () => {
  const started = startCache()
  const leader = started.request({ stream: true })
  const led = leader.reply[Symbol.asyncIterator]()
  const first = led.next()
  const job = await started.broker.nextJob()
  job.send(head, chunk('1'))
  assert.equal(bodyOf((await first).value ?? []).toString(), '1')
  const joiner = started.request({ stream: true })
  const joined = joiner.reply[Symbol.asyncIterator]()
  assert.equal(bodyOf((await joined.next()).value ?? []).toString(), '1')
  assert.deepEqual(joiner.outcomes, ['joined'])
  const live = joined.next()
  job.send(chunk('2'))
  assert.equal(bodyOf((await live).value ?? []).toString(), '2')
  await Promise.all([led.return?.(), joined.return?.()])
})

test('the failure of a call is that of all who read it; only its own request lists the call', async () => {
  for (const frames of [
    [failWith('upstream-failed')],
    [head, chunk('half'), failWith('upstream-failed')],
    [{ ...head, status: 429 }, chunk('slow down'), end],
  ] satisfies (readonly Frame[])[]) {
    const started = startCache()
    const [leader, joiner] = [started.answer(), started.answer()]
    ;(await started.broker.nextJob()).send(...frames)
    assert.deepEqual((await leader).frames, frames)
    assert.deepEqual(await joiner, { frames: replayed(...frames), outcomes: ['joined'] })
    assert.equal(started.broker.jobs.length, 1)
  }
})

test('a submission that is refused is the reply’s failure; when the queue is full the others ask for themselves', async () => {
  const started = startCache()
  started.broker.failWith(errorOf('upstream-failed'))
  const failed = await Promise.all([started.answer(), started.answer()])
  for (const { frames } of failed) assert.deepEqual(frames, replayed(failWith('upstream-failed')))
  assert.equal(started.waited.length, 1)

  started.broker.failWith(errorOf('queue-full'))
  const refused = await Promise.all([started.answer(), started.answer(), started.answer()])
  assert.deepEqual(
    refused.map(({ frames, outcomes }) => [frames, outcomes]),
    refused.map(() => [replayed(failWith('queue-full')), ['miss']]),
  )
  assert.equal(started.waited.length, 4)
})

test('when the queue is full for one, each of the others gets its own answer', async () => {
  const started = startCache()
  const [leader, joiner] = [started.answer(), started.answer()]
  ;(await started.broker.nextJob()).send(failWith('queue-full'))
  assert.deepEqual((await leader).frames, [failWith('queue-full')])
  ;(await started.broker.nextJob()).send(...answerFrames)
  assert.deepEqual(await joiner, { frames: answerFrames, outcomes: ['miss'] })
})

test('a call that ran out of its own request’s time is asked anew for all others at once', async () => {
  for (const kind of ['timeout', 'cancelled'] as const) {
    const started = startCache()
    const [leader, ...others] = [started.answer({ timeoutMs: 10 }), started.answer(), started.answer()]
    ;(await started.broker.nextJob()).send(failWith(kind))
    assert.deepEqual((await leader).frames, [failWith(kind)])
    ;(await started.broker.nextJob()).send(...answerFrames)
    const outcomes = (await Promise.all(others)).map((answer) => answer.outcomes)
    assert.deepEqual(outcomes, [['miss'], ['joined']])
    assert.equal(started.broker.jobs.length, 2)
  }
})

test('one whose own time is over does not wait for the call of another', async () => {
  for (const stream of [false, true]) {
    const started = startCache()
    const leader = started.answer({ stream })
    const hurried = started.answer({ stream, timeoutMs: 5 })
    const { frames, outcomes } = await hurried
    const [only] = frames
    assert.equal(only?.type === 'fail' && only.error.code, 'upstream_timeout')
    assert.deepEqual(outcomes, ['joined'])
    ;(await started.broker.nextJob()).send(...answerFrames)
    assert.deepEqual((await leader).frames, answerFrames)
  }
})

test('a stream that has begun is not held to the time for its beginning', async () => {
  const started = startCache()
  const leader = started.answer({ stream: true })
  const joiner = started.request({ stream: true, timeoutMs: 50 })
  const joined = joiner.reply[Symbol.asyncIterator]()
  const first = joined.next()
  const job = await started.broker.nextJob()
  job.send(head)
  assert.equal((await first).value?.[0]?.type, 'head')
  const rest = joined.next()
  await new Promise((resolve) => setTimeout(resolve, 80))
  job.send(chunk('late'), end)
  assert.equal(bodyOf((await rest).value ?? []).toString(), 'late')
  await leader
})

test('the call goes on when its caller leaves, as long as one reads it, and ends with the last', async () => {
  const started = startCache()
  const leader = started.request()
  const joiner = started.request()
  const [led, joined] = [leader.all(), joiner.all()]
  const job = await started.broker.nextJob()
  leader.reply.cancel()
  assert.deepEqual(await led, [])
  job.send(...answerFrames)
  assert.deepEqual(await joined, replayed(...answerFrames))
  assert.deepEqual((await started.answer()).outcomes, ['hit'])

  const bytes = Buffer.from('another')
  const both = [started.request({ bytes }), started.request({ bytes })]
  const ended = both.map(({ all }) => all())
  const second = await started.broker.nextJob()
  for (const { reply } of both) reply.cancel()
  await second.cancelled
  assert.deepEqual(await Promise.all(ended), [[], []])
  assert.deepEqual((await ask(started, answerFrames, { bytes })).outcomes, ['miss'])
})

test('a request does not wait in a lower lane than its own', async () => {
  const started = startCache()
  const low = started.answer({ priority: 'low' })
  const slow = await started.broker.nextJob()
  const high = started.answer({ priority: 'high' })
  ;(await started.broker.nextJob()).send(...answerFrames)
  assert.deepEqual((await high).outcomes, ['miss'])
  slow.send(...answerFrames)
  assert.deepEqual((await low).outcomes, ['miss'])
})

test('an error inside is no answer: whoever reads is told by a throw', async () => {
  const started = startCache()
  started.broker.submit = () => Promise.reject(new TypeError('a bug'))
  const [leader, joiner] = [started.answer(), started.answer()]
  await assert.rejects(leader, TypeError)
  await assert.rejects(joiner, TypeError)
})

test('a reply is done after its last frame', async () => {
  const started = startCache()
  const leader = started.request().reply[Symbol.asyncIterator]()
  const joiner = started.request().reply[Symbol.asyncIterator]()
  const first = [leader.next(), joiner.next()]
  ;(await started.broker.nextJob()).send(...answerFrames)
  await Promise.all(first)
  assert.deepEqual(await leader.next(), { done: true, value: undefined })
  assert.deepEqual(await joiner.next(), { done: true, value: undefined })
  const hit = started.request().reply[Symbol.asyncIterator]()
  assert.equal((await hit.next()).done, false)
  assert.deepEqual(await hit.next(), { done: true, value: undefined })
})
