import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Frame, GatewayError } from '#contract'
import { createLogger } from '#observability'
import { createMemoryStore } from '#store'
import {
  type Asked,
  answerFrames,
  ask,
  chunk,
  createTestRecords,
  end,
  failWith,
  head,
  replayed,
  startCache,
  target,
} from './helpers.suite.ts'

test('the first answer is passed on as it is, the second is the kept one and names no call', async () => {
  const started = startCache()
  assert.deepEqual(await ask(started, answerFrames), { frames: answerFrames, outcomes: ['miss'] })
  assert.deepEqual(await started.answer(), { frames: replayed(...answerFrames), outcomes: ['hit'] })
  assert.equal(started.broker.jobs.length, 1)
})

test('a stream is replayed piece by piece and byte by byte, also what is no text', async () => {
  const pieces = [
    Buffer.from('data: "\u{1f600}"\n\n').subarray(0, 9),
    Buffer.from('data: "\u{1f600}"\n\n').subarray(9),
    Uint8Array.of(0, 255, 128, 10),
    Buffer.from('\ufeffdata: [DONE]\n\n'),
  ]
  const started = startCache()
  const asked = { stream: true }
  const hop: Frame = { type: 'hop', hop: 0, target }
  const first = await ask(started, [hop, head, ...pieces.map(chunk), end], asked)
  assert.deepEqual(first.frames[0], hop)
  const { frames, outcomes } = await started.answer(asked)
  assert.deepEqual(outcomes, ['hit'])
  assert.deepEqual(
    frames.flatMap((frame) => (frame.type === 'chunk' ? [Buffer.from(frame.bytes)] : [])),
    pieces.map((piece) => Buffer.from(piece)),
  )
  assert.deepEqual([frames[0], frames.at(-1)], replayed(head, end))
})

test('headers that were true of the first call alone are not replayed', async () => {
  const started = startCache()
  const headers = {
    ...head.headers,
    'x-ratelimit-remaining-requests': '9',
    'anthropic-ratelimit-tokens-remaining': '9',
    'openai-processing-ms': '12',
    'request-id': 'req_1',
    'x-amzn-requestid': '1',
    'retry-after': '1',
  }
  await ask(started, [{ ...head, headers }, end])
  const [first] = (await started.answer()).frames
  assert.deepEqual(first?.type === 'head' && first.headers, head.headers)
})

test('what differs in anything that makes the answer is another request', async () => {
  const started = startCache()
  await ask(started, answerFrames)
  const others: readonly Asked[] = [
    { tenant: 'tenant-2' },
    { wire: 'openai-responses' },
    { operation: 'embeddings' },
    { targets: [{ provider: 'openai', model: 'gpt-4o' }] },
    { targets: [target, { provider: 'anthropic', model: 'claude' }] },
    { bytes: Buffer.from('{"model": "fast"}') },
    { address: { model: 'fast' } },
    { forwardHeaders: { 'openai-beta': 'x' } },
    { stream: true },
  ]
  for (const [index, asked] of others.entries()) {
    const frames = [{ ...head, target: asked.targets?.[0] ?? target }, chunk(`other ${index}`), end]
    assert.deepEqual((await ask(started, frames, asked)).outcomes, ['miss'], JSON.stringify(asked))
  }
  assert.deepEqual(
    (await started.answer({ priority: 'low', timeoutMs: 1_000 })).outcomes,
    ['hit'],
    'how it waits does not change the answer',
  )
  for (const asked of others) assert.deepEqual((await started.answer(asked)).outcomes, ['hit'])
})

test('what failed, was refused, cut short or answered by a fallback is not kept', async () => {
  const never: readonly (readonly Frame[])[] = [
    [failWith('upstream-failed')],
    [head, chunk('half'), failWith('upstream-failed')],
    [{ ...head, status: 400 }, chunk('no'), end],
    [{ ...head, status: 206 }, chunk('part'), end],
    [{ ...head, target: { provider: 'anthropic', model: 'claude' } }, chunk('other'), end],
    [end],
  ]
  for (const frames of never) {
    const started = startCache()
    assert.deepEqual((await ask(started, frames)).frames, frames)
    const again = await ask(started, answerFrames)
    assert.deepEqual([again.frames, again.outcomes], [answerFrames, ['miss']], JSON.stringify(frames))
  }
})

test('a reply that breaks off without a last word is passed on as such and not kept', async () => {
  const started = startCache()
  const pending = started.answer()
  const job = await started.broker.nextJob()
  job.send(head, chunk('half'))
  job.breakOff()
  assert.deepEqual((await pending).frames, [head, chunk('half')])
  assert.deepEqual((await ask(started, answerFrames)).outcomes, ['miss'])
})

test('an answer above the entry size is passed on whole and not kept', async () => {
  const started = startCache({ config: { ttlMs: 60_000, maxEntryBytes: 1_000 } })
  const large = [head, chunk('x'.repeat(900)), chunk('y'.repeat(900)), end]
  assert.deepEqual((await ask(started, large)).frames, large)
  assert.deepEqual((await ask(started, answerFrames)).outcomes, ['miss'])
  assert.deepEqual((await started.answer()).outcomes, ['hit'])
})

test('an answer is kept for its time', async () => {
  let now = 0
  const started = startCache({
    config: { ttlMs: 1_000, maxEntryBytes: 100_000 },
    store: createMemoryStore({ nowMs: () => now }),
  })
  await ask(started, answerFrames)
  now = 999
  assert.deepEqual((await started.answer()).outcomes, ['hit'])
  now = 1_000
  assert.deepEqual((await ask(started, answerFrames)).outcomes, ['miss'])
})

test('a process puts no more into the store than it may, until what it put there has ended', async () => {
  let now = 0
  const started = startCache({
    config: { ttlMs: 1_000, maxEntryBytes: 100_000 },
    store: createMemoryStore({ nowMs: () => now }),
    nowMs: () => now,
    maxHeldBytes: 3_000,
  })
  const frames = (text: string) => [head, chunk(text.repeat(1_500)), end]
  const asked = ['a', 'b'].map((text) => ({ bytes: Buffer.from(text) }))
  await ask(started, frames('a'), asked[0])
  await ask(started, frames('b'), asked[1])
  assert.deepEqual((await started.answer(asked[0])).outcomes, ['hit'])
  assert.deepEqual((await ask(started, frames('b'), asked[1])).outcomes, ['miss'])
  now = 1_000
  await ask(started, frames('b'), asked[1])
  assert.deepEqual((await started.answer(asked[1])).outcomes, ['hit'])
})

test('a caller that stops reading leaves as one that cancels', async () => {
  const started = startCache()
  const { reply } = started.request()
  const reading = (async () => {
    for await (const _ of reply) break
  })()
  const job = await started.broker.nextJob()
  job.send(head, chunk('1'))
  await reading
  await job.cancelled
})

test('one that left before anything began asks nobody', async () => {
  const { records, asked } = createTestRecords()
  const started = startCache({ store: { records } })
  const { reply, all } = started.request()
  reply.cancel()
  assert.deepEqual(await all(), [])
  assert.deepEqual([asked, started.broker.jobs.length], [[], 0])
})

test('one that leaves while the store is asked takes the call back', async () => {
  const started = startCache()
  const { reply, all } = started.request()
  const reading = all()
  reply.cancel()
  assert.deepEqual(await reading, [])
  const next = started.answer()
  ;(await started.broker.nextJob()).send(...answerFrames)
  assert.deepEqual((await next).frames, answerFrames)
  assert.equal(started.broker.jobs.length, 1)
})

test('without the store every request is asked for, still once for all at once, with one line in the log', async () => {
  let now = 0
  const { records, setAway, asked } = createTestRecords()
  const lines: string[] = []
  const logger = createLogger({ level: 'debug', destination: { write: (line) => lines.push(line) } })
  const started = startCache({ store: { records }, logger, nowMs: () => now })
  setAway(true)
  const [leader, joiner] = [started.answer(), started.answer()]
  ;(await started.broker.nextJob()).send(...answerFrames)
  assert.deepEqual([(await leader).frames, (await joiner).outcomes], [answerFrames, ['joined']])
  assert.equal(asked.length, 1, 'a store that has just failed is left alone')
  now = 1_000
  assert.deepEqual((await ask(started, answerFrames)).outcomes, ['miss'])
  assert.deepEqual([asked.length, lines.length], [2, 1])
  now = 2_000
  setAway(false)
  assert.deepEqual((await ask(started, answerFrames)).outcomes, ['miss'])
  assert.deepEqual((await started.answer()).outcomes, ['hit'])
})

test('an entry that this build cannot read is as good as none', async () => {
  for (const text of ['', 'null', '[]', '{"version":99}', '"x']) {
    const { records } = createMemoryStore()
    const store = { records: { ...records, get: async () => text } }
    const started = startCache({ store })
    assert.deepEqual((await ask(started, answerFrames)).frames, answerFrames, text)
  }
})

test('an error of kind internal keeps its cause on the way to the log', async () => {
  const started = startCache()
  const cause = new TypeError('a bug')
  started.broker.submit = () => Promise.reject(GatewayError.from(cause))
  await assert.rejects(started.answer(), { code: 'internal_error', cause })
})
