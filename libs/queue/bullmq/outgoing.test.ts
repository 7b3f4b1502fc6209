import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Frame } from '#contract'
import { createOutgoing, type Outgoing } from './outgoing.ts'

const end: Frame = { type: 'end', attempts: [], warnings: [] }
const chunk = (bytes: number): Frame => ({ type: 'chunk', bytes: Buffer.alloc(bytes) })

function open(): { outgoing: Outgoing; written: number[] } {
  const written: number[] = []
  const outgoing = createOutgoing({
    key: { requestId: 'r', hop: 0, run: 0 },
    pod: 'api',
    worker: 'w',
    onWrite: () => written.push(written.length),
  })
  return { outgoing, written }
}

test('frames are numbered, sent once, kept until acknowledged', () => {
  const { outgoing, written } = open()
  outgoing.write(chunk(10))
  outgoing.write(chunk(20))
  assert.equal(written.length, 2)
  assert.deepEqual(pick(outgoing.takeUnsent(0)), [0, 2])
  assert.equal(outgoing.takeUnsent(0), undefined)
  outgoing.write(end)
  assert.deepEqual(pick(outgoing.takeUnsent(0)), [2, 1])
  outgoing.hurry(0, 1)
  assert.deepEqual(pick(outgoing.takeNudge(0)), [1, 2])
  assert.equal(outgoing.takeNudge(0), undefined)
  outgoing.acknowledge(2, 0)
  outgoing.hurry(0)
  assert.deepEqual(pick(outgoing.takeNudge(0)), [2, 1])
  assert.equal(outgoing.finished, false)
  outgoing.acknowledge(3, 0)
  assert.equal(outgoing.finished, true)
  assert.equal(outgoing.unreadBytes, 0)
})

test('what stays unacknowledged is sent again after 200 ms, 400 ms, … 1 s, oldest first and little at a time', () => {
  const { outgoing } = open()
  for (let index = 0; index < 4; index += 1) outgoing.write(chunk(40 * 1024))
  outgoing.takeUnsent(0)
  assert.equal(outgoing.takeNudge(199), undefined)
  assert.deepEqual(pick(outgoing.takeNudge(200)), [0, 1])
  assert.equal(outgoing.takeNudge(599), undefined)
  assert.deepEqual(pick(outgoing.takeNudge(600)), [0, 1])
  outgoing.acknowledge(1, 610)
  assert.deepEqual(pick(outgoing.takeNudge(810)), [1, 1])
  outgoing.acknowledge(4, 820)
  assert.equal(outgoing.takeNudge(10_000), undefined)
})

test('what a pod asks for again goes out piece by piece, however often it asks', () => {
  const { outgoing } = open()
  for (let index = 0; index < 4; index += 1) outgoing.write(chunk(40 * 1024))
  outgoing.takeUnsent(0)
  outgoing.hurry(0, 1)
  assert.deepEqual(pick(outgoing.takeNudge(0)), [1, 1])
  outgoing.hurry(0, 1)
  assert.deepEqual(pick(outgoing.takeNudge(25)), [2, 1])
  assert.deepEqual(pick(outgoing.takeNudge(50)), [3, 1])
  assert.equal(outgoing.takeNudge(75), undefined)
})

test('a window opens again as the reader acknowledges', async () => {
  const { outgoing } = open()
  outgoing.write(chunk(1000))
  outgoing.takeUnsent(0)
  let opened = false
  const waiting = outgoing.below(1000).then(() => {
    opened = true
  })
  await Promise.resolve()
  assert.equal(opened, false)
  outgoing.acknowledge(1, 0)
  await waiting
  assert.equal(opened, true)
})

test('a pod that shows no sign for a minute is given up; one that asks is not', () => {
  const { outgoing } = open()
  outgoing.write(chunk(1))
  outgoing.takeUnsent(0)
  assert.equal(outgoing.abandoned(60_000), false)
  assert.equal(outgoing.abandoned(60_001), true)
  outgoing.hurry(60_000)
  assert.equal(outgoing.abandoned(60_001), false)
})

test('after the terminal frame nothing more is written', () => {
  const { outgoing } = open()
  outgoing.write(end)
  outgoing.write(chunk(1))
  assert.deepEqual(pick(outgoing.takeUnsent(0)), [0, 1])
})

function pick(batch: { readonly from: number; readonly frames: readonly Frame[] } | undefined) {
  return batch === undefined ? undefined : [batch.from, batch.frames.length]
}
