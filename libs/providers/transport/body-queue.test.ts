import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBodyQueue, highWaterBytes } from './body-queue.ts'

function setup() {
  const calls: string[] = []
  const queue = createBodyQueue({
    resume: () => calls.push('resume'),
    release: () => calls.push('release'),
  })
  return { calls, queue, reader: queue.body[Symbol.asyncIterator]() }
}

const bytes = (text: string) => Buffer.from(text)

test('gives chunks in order, whether the reader waits or not, then ends', async () => {
  const { queue, reader } = setup()
  const waiting = reader.next()
  queue.push(bytes('a'))
  queue.push(bytes('b'))
  queue.push(bytes(''))
  queue.end()
  assert.deepEqual(await waiting, { done: false, value: bytes('a') })
  assert.deepEqual(await reader.next(), { done: false, value: bytes('b') })
  assert.equal((await reader.next()).done, true)
  assert.equal((await reader.next()).done, true)
})

test('asks for a pause above the mark and to go on once the reader has caught up', async () => {
  const { calls, queue, reader } = setup()
  assert.equal(queue.push(Buffer.alloc(highWaterBytes)), true)
  assert.equal(queue.push(Buffer.alloc(1)), false)
  await reader.next()
  assert.deepEqual(calls, ['resume'])
  assert.equal(queue.push(Buffer.alloc(1)), true)
})

test('gives what arrived before a failure, then throws it once', async () => {
  const { queue, reader } = setup()
  queue.push(bytes('a'))
  queue.fail(new Error('lost'))
  assert.deepEqual(await reader.next(), { done: false, value: bytes('a') })
  await assert.rejects(async () => reader.next(), /lost/)
  assert.equal((await reader.next()).done, true)
})

test('a failure reaches a waiting reader', async () => {
  const { queue, reader } = setup()
  const waiting = reader.next()
  queue.fail(new Error('lost'))
  await assert.rejects(waiting, /lost/)
})

test('a failure may drop what arrived', async () => {
  const { queue, reader } = setup()
  queue.push(bytes('a'))
  queue.fail(new Error('aborted'), { discard: true })
  await assert.rejects(async () => reader.next(), /aborted/)
})

test('a reader that leaves releases the source once, and only while it is open', async () => {
  const open = setup()
  await open.reader.return?.()
  await open.reader.return?.()
  assert.deepEqual(open.calls, ['release'])
  assert.equal((await open.reader.next()).done, true)

  const ended = setup()
  ended.queue.end()
  await ended.reader.return?.()
  assert.deepEqual(ended.calls, [])
})
