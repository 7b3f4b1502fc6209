import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Frame } from '#contract'
import { createLogger } from '#observability'
import { createMemoryStore, type Store } from '#store'
import { createRedisStore } from '#store/redis'
import { sharedRedisUrl, until } from '#testing'
import { cacheKey } from './cache-key.ts'
import {
  chunk,
  createTestRecords,
  end,
  failWith,
  head,
  replayed,
  startCache,
  target,
} from './helpers.suite.ts'

const answerFrames: readonly Frame[] = [head, chunk('{"id":"1"'), chunk(Buffer.of(255, 0)), end]
const waits = { flightTtlMs: 3_000, firstPollMs: 5, mostPollMs: 20 }

let stores: readonly Store[]
before(async () => {
  const url = await sharedRedisUrl()
  const keyPrefix = `test-${randomBytes(6).toString('hex')}`
  const logger = createLogger({ level: 'silent' })
  stores = [1, 2].map(() => createRedisStore({ url, logger, keyPrefix }))
  for (const store of stores) await until(() => store.ready())
})
after(() => Promise.all(stores.map((store) => store.close())))

let requests = 0
/** Two caches over one Redis, and a request that nobody has made yet. */
function startTwo() {
  const bytes = Buffer.from(`request ${++requests}`)
  const [one, other] = stores.map((store) => startCache({ store, waits }))
  assert.ok(one && other)
  return { one, other, asked: { bytes } }
}

test('an answer that one process got is replayed by the other', async () => {
  const { one, other, asked } = startTwo()
  const pending = one.answer(asked)
  ;(await one.broker.nextJob()).send(...answerFrames)
  assert.deepEqual((await pending).frames, answerFrames)
  // The answer goes into the store beside its way to the caller.
  await until(async () => (await stores[1]?.records.get(`answer:${keyOf(asked.bytes)}`)) !== undefined)
  assert.deepEqual(await other.answer(asked), { frames: replayed(...answerFrames), outcomes: ['hit'] })
  assert.equal(other.broker.jobs.length, 0)
})

test('a request that another process is asking waits for that answer', async () => {
  const { one, other, asked } = startTwo()
  const leader = one.answer(asked)
  const job = await one.broker.nextJob()
  const waiting = [other.answer(asked), other.answer(asked)]
  job.send(head, chunk('{"id":"1"'))
  await until(() => job.taken === 1)
  job.send(...answerFrames.slice(2))
  assert.deepEqual((await leader).frames, answerFrames)
  for (const answer of await Promise.all(waiting)) {
    assert.deepEqual(answer, { frames: replayed(...answerFrames), outcomes: ['joined'] })
  }
  assert.equal(other.broker.jobs.length, 0)
})

test('when the other process got no answer that can be shared, this one asks', async () => {
  for (const frames of [
    [failWith('upstream-failed')],
    [{ ...head, status: 429 }, chunk('slow down'), end],
    [head, chunk('x'.repeat(200_000)), end],
  ] satisfies (readonly Frame[])[]) {
    const { one, other, asked } = startTwo()
    const leader = one.answer(asked)
    const job = await one.broker.nextJob()
    const waiting = other.answer(asked)
    job.send(...frames)
    assert.deepEqual((await leader).frames, frames)
    ;(await other.broker.nextJob()).send(...answerFrames)
    assert.deepEqual(await waiting, { frames: answerFrames, outcomes: ['miss'] })
  }
})

test('a refusal ends the waiting with its head, not with its last byte', async () => {
  const { one, other, asked } = startTwo()
  const leader = one.answer(asked)
  const job = await one.broker.nextJob()
  const waiting = other.answer(asked)
  job.send({ ...head, status: 500 })
  ;(await other.broker.nextJob()).send(...answerFrames)
  assert.deepEqual((await waiting).outcomes, ['miss'])
  job.send(end)
  await leader
})

test('one that waits for another process takes at most half of its time for it', async () => {
  const { one, other, asked } = startTwo()
  const leader = one.answer(asked)
  const job = await one.broker.nextJob()
  const waiting = other.answer({ ...asked, timeoutMs: 200 })
  ;(await other.broker.nextJob()).send(...answerFrames)
  assert.deepEqual((await waiting).outcomes, ['miss'])
  const [waitedMs = 0] = other.waited
  assert.ok(waitedMs >= 100, String(waitedMs))
  job.send(...answerFrames)
  await leader
})

test('one that leaves while it waits for another process ends nothing there', async () => {
  const { one, other, asked } = startTwo()
  const leader = one.answer(asked)
  const job = await one.broker.nextJob()
  const { reply, all } = other.request(asked)
  const reading = all()
  await until(async () => (await stores[0]?.records.get(flightOf(asked.bytes))) !== undefined)
  reply.cancel()
  assert.deepEqual(await reading, [])
  job.send(...answerFrames)
  assert.deepEqual((await leader).frames, answerFrames)
})

test('when the asking caller leaves, the other process asks', async () => {
  const { one, other, asked } = startTwo()
  const leader = one.request(asked)
  const led = leader.all()
  await one.broker.nextJob()
  const waiting = other.answer(asked)
  leader.reply.cancel()
  ;(await other.broker.nextJob()).send(...answerFrames)
  assert.deepEqual((await waiting).outcomes, ['miss'])
  await led
})

test('a process that died is waited for no longer than its sign lasts', async () => {
  const { other, asked } = startTwo()
  await stores[0]?.records.set(flightOf(asked.bytes), '1', 100)
  const waiting = other.answer(asked)
  ;(await other.broker.nextJob()).send(...answerFrames)
  assert.deepEqual((await waiting).outcomes, ['miss'])
})

test('the sign is renewed for as long as the call takes, and goes with it', async () => {
  const bytes = Buffer.from('slow')
  const { records, asked } = createTestRecords(createMemoryStore().records)
  const started = startCache({ store: { records }, waits: { flightTtlMs: 30 } })
  const pending = started.answer({ bytes })
  const job = await started.broker.nextJob()
  const renewed = `set ${flightOf(bytes)}`
  await until(() => asked.filter((name) => name === renewed).length >= 3)
  assert.equal(await records.get(flightOf(bytes)), '1')
  job.send(...answerFrames)
  await pending
  await until(async () => (await records.get(flightOf(bytes))) === undefined)
  const count = asked.filter((name) => name === renewed).length
  await new Promise((resolve) => setTimeout(resolve, 60))
  assert.equal(asked.filter((name) => name === renewed).length, count)
})

const keyOf = (bytes: Uint8Array) =>
  cacheKey({
    tenant: 'tenant-1',
    wire: 'openai-chat',
    operation: 'chat',
    targets: [target],
    bytes,
    address: {},
    forwardHeaders: {},
    stream: false,
  })
const flightOf = (bytes: Uint8Array) => `flight:normal:${keyOf(bytes)}`
