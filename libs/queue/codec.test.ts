import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Frame, GatewayError, jobVersion } from '#contract'
import {
  decodeBatches,
  decodeControl,
  decodeHeader,
  encodeBatches,
  encodeControl,
  encodeInlineBody,
  type FrameBatch,
  inlineBodyLimitBytes,
} from './codec.ts'

const target = { provider: 'openai', model: 'gpt-4o' }
const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes): Frame => ({ type: 'chunk', bytes: Buffer.from(bytes) })),
  fc.string().map(
    (text): Frame => ({
      type: 'head',
      status: 200,
      headers: { 'content-type': text },
      target,
      attempts: [{ ...target, outcome: '200' }],
      queueMs: 3,
      warnings: [{ code: 'unsupported', path: text }],
    }),
  ),
  fc.constant<Frame>({ type: 'hop', hop: 1, target }),
  fc.constant<Frame>({ type: 'end', attempts: [], warnings: [] }),
  fc.string().map(
    (message): Frame => ({
      type: 'fail',
      attempts: [],
      error: { kind: 'timeout', code: 'queue_timeout', message },
    }),
  ),
)
const batch: fc.Arbitrary<FrameBatch> = fc.record(
  {
    requestId: fc.string(),
    hop: fc.nat(3),
    run: fc.nat(3),
    worker: fc.string(),
    from: fc.nat(),
    frames: fc.array(frame, { maxLength: 5 }),
  },
  { noNullPrototype: true },
)

test('batches come out of a message as they went in, bytes included', () => {
  fc.assert(
    fc.property(fc.array(batch, { maxLength: 4 }), (batches) => {
      assert.deepEqual(decodeBatches(encodeBatches(batches)), batches)
    }),
    { numRuns: 2_000 },
  )
})

test('control messages come out as they went in', () => {
  const messages = [
    { type: 'cancel', requestId: 'a' },
    { type: 'ack', requestId: 'b', hop: 0, run: 1, next: 7 },
    { type: 'resend', requestId: 'c', hop: 1, run: 0, from: 0 },
    { type: 'resend-all', pod: 'api-1' },
  ] as const
  assert.deepEqual(decodeControl(encodeControl(messages)), messages)
})

test('a body lies inside the job when it is small text, else under its own key', () => {
  assert.equal(encodeInlineBody(Buffer.from('{"a":"ä"}')), '{"a":"ä"}')
  assert.equal(encodeInlineBody(Buffer.alloc(inlineBodyLimitBytes, 'x'))?.length, inlineBodyLimitBytes)
  assert.equal(encodeInlineBody(Buffer.alloc(inlineBodyLimitBytes + 1, 'x')), undefined)
  assert.equal(encodeInlineBody(Buffer.from([0xff, 0xfe])), undefined)
})

test('a header of a version that this build does not know is refused as such', () => {
  for (const header of [{ version: jobVersion + 1 }, { version: 1 }, {}, null, 'x']) {
    assert.throws(
      () => decodeHeader(header),
      (error) => GatewayError.is(error) && error.code === 'version_mismatch' && error.status === 503,
    )
  }
})
