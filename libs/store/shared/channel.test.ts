import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { portPair } from '#testing'
import { createChannel, type Message, type Port } from './channel.ts'

test('what is told within a turn is one batch, in order', async () => {
  const batches: (readonly Message[])[] = []
  const port: Port = { send: (batch) => batches.push(batch), onBatch: () => {}, onClose: () => {} }
  const channel = createChannel(port)
  channel.tell('a', 1)
  await undefined
  channel.tell('b', 'x', null)
  assert.deepEqual(batches, [])
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(batches, [
    [
      ['a', 1],
      ['b', 'x', null],
    ],
  ])
  channel.tell('c')
  channel.flush()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(batches.slice(1), [[['c']]])
})

test('questions get their own answers, and errors keep what they are', async () => {
  const { ends } = portPair()
  const [asking, answering] = [createChannel(ends[0]), createChannel(ends[1])]
  answering.answer('double', ([value]) => 2 * Number(value))
  answering.answer('later', async ([value]) => `later ${value}`)
  answering.answer('refuse', () => {
    throw new GatewayError({ kind: 'queue-full', code: 'queue_full', message: 'full', retryAfterMs: 5 })
  })
  answering.answer('break', async () => {
    throw new TypeError('secret detail')
  })
  assert.deepEqual(await Promise.all([asking.ask('later', 1), asking.ask('double', 4)]), ['later 1', 8])
  await assert.rejects(asking.ask('refuse'), { code: 'queue_full', retryAfterMs: 5, status: 429 })
  await assert.rejects(asking.ask('break'), (error) => {
    assert.ok(GatewayError.is(error))
    return error.kind === 'internal' && !error.message.includes('secret')
  })
})

test('nobody answers: unavailable, within a second or at once when the other end is gone', async () => {
  const { ends, close } = portPair()
  const channel = createChannel(ends[0])
  await assert.rejects(channel.ask('silence'), { code: 'store_unavailable' })
  const insisted = channel.insist('late')
  setTimeout(() => createChannel(ends[1]).answer('late', () => 'here'), 20)
  assert.equal(await insisted, 'here')
  const closed = new Promise<void>((resolve) => channel.onClose(resolve))
  const asked = channel.ask('silence')
  close()
  await closed
  await assert.rejects(asked, { code: 'store_unavailable' })
  await assert.rejects(channel.ask('silence'), { code: 'store_unavailable' })
  assert.equal(channel.open, false)
})
