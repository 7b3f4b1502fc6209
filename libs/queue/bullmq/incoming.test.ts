import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Frame } from '#contract'
import type { FrameBatch } from '../codec.ts'
import { createIncoming } from './incoming.ts'

const head: Frame = {
  type: 'head',
  status: 200,
  headers: {},
  target: { provider: 'openai', model: 'm' },
  attempts: [],
  queueMs: 0,
  warnings: [],
}
const end: Frame = { type: 'end', attempts: [], warnings: [] }
const fail: Frame = { type: 'fail', attempts: [], error: { kind: 'internal', code: 'x', message: 'x' } }
const chunk = (text: string): Frame => ({ type: 'chunk', bytes: Buffer.from(text) })

function batch(
  from: number,
  frames: readonly Frame[],
  pair: { hop?: number; run?: number } = {},
): FrameBatch {
  return { requestId: 'r', hop: pair.hop ?? 0, run: pair.run ?? 0, worker: 'w', from, frames }
}

test('frames are taken once and in order; what overlaps is cut, what leaves a gap is asked for', () => {
  const incoming = createIncoming()
  assert.deepEqual(incoming.take(batch(0, [head, chunk('a')])), {
    type: 'frames',
    frames: [head, chunk('a')],
  })
  assert.deepEqual(incoming.take(batch(1, [chunk('a'), chunk('b')])), {
    type: 'frames',
    frames: [chunk('b')],
  })
  assert.deepEqual(incoming.take(batch(0, [head])), { type: 'known' })
  assert.deepEqual(incoming.take(batch(4, [end])), { type: 'gap', from: 3 })
  assert.deepEqual(incoming.take(batch(3, [chunk('c'), end])), { type: 'frames', frames: [chunk('c'), end] })
  assert.equal(incoming.done, true)
  assert.deepEqual(incoming.take(batch(0, [head])), { type: 'stale' })
})

test('before the answer begins a higher run is followed from its start, and the lower one is stale', () => {
  const incoming = createIncoming()
  assert.deepEqual(incoming.take(batch(1, [end])), { type: 'gap', from: 0 })
  assert.equal(incoming.take(batch(0, [head, end], { run: 1 })).type, 'frames')
  assert.deepEqual(incoming.take(batch(0, [head, end])), { type: 'stale' })
})

test('after the answer has begun a higher pair may only bring its failure', () => {
  const incoming = createIncoming()
  incoming.take(batch(0, [head, chunk('a')]))
  assert.deepEqual(incoming.take(batch(0, [head, chunk('b')], { run: 1 })), { type: 'stale' })
  assert.deepEqual(incoming.take(batch(2, [fail], { hop: 1 })), { type: 'frames', frames: [fail] })
  assert.equal(incoming.done, true)
})

test('any loss, repetition and order of messages ends in the same frames', () => {
  const frames = [head, ...Array.from({ length: 8 }, (_, index) => chunk(String(index))), end]
  const window = fc.tuple(fc.nat(frames.length - 1), fc.integer({ min: 1, max: 4 }))
  fc.assert(
    fc.property(fc.array(window, { maxLength: 40 }), (windows) => {
      const incoming = createIncoming()
      const taken: Frame[] = []
      const offer = (from: number, count: number) => {
        const result = incoming.take(batch(from, frames.slice(from, from + count)))
        if (result.type === 'frames') taken.push(...result.frames)
        if (result.type === 'gap') assert.ok(result.from < from)
      }
      for (const [from, count] of windows) offer(from, count)
      while (!incoming.done) offer(incoming.position().next, 3)
      assert.deepEqual(taken, frames)
    }),
    { numRuns: 2_000 },
  )
})

const hop = { type: 'hop', hop: 1, target: { provider: 'other', model: 'm' } } as const

test('after a hop frame the old run is stale, whatever another worker says of it', () => {
  const incoming = createIncoming()
  assert.deepEqual(incoming.take(batch(0, [hop])), { type: 'frames', frames: [hop] })
  assert.deepEqual(incoming.position(), { hop: 1, run: 0, worker: undefined, next: 0 })
  assert.deepEqual(incoming.take(batch(0, [hop])), { type: 'stale' })
  assert.deepEqual(incoming.take(batch(0, [fail], { run: 1 })), { type: 'stale' })
  assert.deepEqual(incoming.take(batch(1, [end], { hop: 1 })), { type: 'gap', from: 0 })
  assert.deepEqual(incoming.take(batch(0, [head, end], { hop: 1 })), { type: 'frames', frames: [head, end] })
  assert.equal(incoming.done, true)
})

test('a hop whose frame was lost is followed by its own frames, and the old run is stale', () => {
  const incoming = createIncoming()
  assert.equal(incoming.take(batch(0, [head], { hop: 1 })).type, 'frames')
  assert.deepEqual(incoming.take(batch(0, [fail], { run: 1 })), { type: 'stale' })
  assert.deepEqual(incoming.take(batch(0, [hop])), { type: 'stale' })
  assert.equal(incoming.take(batch(1, [end], { hop: 1 })).type, 'frames')
})

test('a request may be sent to a later target of its plan at once', () => {
  const incoming = createIncoming(1)
  assert.deepEqual(incoming.take(batch(0, [fail])), { type: 'stale' })
  assert.equal(incoming.take(batch(0, [head, end], { hop: 1 })).type, 'frames')
})
