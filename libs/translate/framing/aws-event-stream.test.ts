import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventStreamCodec } from '@smithy/eventstream-codec'
import fc from 'fast-check'
import { GatewayError, type StreamFrame } from '#contract'
import { createNativeStream } from '../native-stream.ts'
import { runsOf } from '../property-runs.suite.ts'
import {
  createEventStreamDecoder,
  createEventStreamEncoder,
  createEventStreamScanner,
  longestMessageBytes,
} from './aws-event-stream.ts'
import { crc32 } from './crc32.ts'

const codec = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')),
  (text) => Buffer.from(text),
)
const text = (value: string) => ({ type: 'string' as const, value })
const encode = (frames: readonly StreamFrame[]) => Buffer.from(createEventStreamEncoder().push(frames))
const failsAs = (code: string) => (error: unknown) =>
  GatewayError.is(error) && error.kind === 'upstream-failed' && error.code === code

const frames: readonly StreamFrame[] = [
  { event: 'messageStart', data: '{"role":"assistant"}' },
  { event: 'contentBlockDelta', data: '{"contentBlockIndex":0,"delta":{"text":"grüß 👋"}}' },
  { event: 'contentBlockDelta', data: '{"contentBlockIndex":0,"delta":{"text":""}}' },
  { event: 'throttlingException', data: '{"message":"slow"}', exception: true },
]

test('the checksum is that of gzip', () => {
  assert.equal(crc32(Buffer.from('xx123456789'), 2, 11), 0xcbf43926)
})

test("the vendor's own codec reads what is written", () => {
  const [first, , , last] = frames.map((frame) => codec.decode(encode([frame])))
  assert.deepEqual(first?.headers, {
    ':event-type': text('messageStart'),
    ':content-type': text('application/json'),
    ':message-type': text('event'),
  })
  assert.equal(Buffer.from(first?.body ?? []).toString(), '{"role":"assistant"}')
  assert.deepEqual(last?.headers[':exception-type'], text('throttlingException'))
  assert.deepEqual(last?.headers[':message-type'], text('exception'))
})

test("what the vendor's own codec writes is read, headers of other types too", () => {
  const message = codec.encode({
    headers: {
      ':date': { type: 'timestamp', value: new Date(0) },
      ':message-type': text('event'),
      ':event-type': text('metadata'),
      size: { type: 'integer', value: 5 },
    },
    body: Buffer.from('{}'),
  })
  const error = codec.encode({
    headers: {
      ':message-type': text('error'),
      ':error-code': text('InternalFailure'),
      ':error-message': text('it "broke"'),
    },
    body: new Uint8Array(0),
  })
  assert.deepEqual(createEventStreamDecoder().push(Buffer.concat([message, error])), [
    { event: 'metadata', data: '{}' },
    { event: 'InternalFailure', data: '{"message":"it \\"broke\\""}', exception: true },
  ])
})

test('every byte split gives the same frames', () => {
  const bytes = encode(frames)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), (cuts) => {
      const decoder = createEventStreamDecoder()
      const found: StreamFrame[] = []
      let at = 0
      for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
        found.push(...decoder.push(bytes.subarray(at, cut)))
        at = cut
      }
      assert.deepEqual([...found, ...decoder.end()], frames)
    }),
    { numRuns: runsOf(2_000) },
  )
  const decoder = createEventStreamDecoder()
  const byByte = Array.from(bytes, (byte) => decoder.push(Uint8Array.of(byte))).flat()
  assert.deepEqual(byByte, frames)
})

test('any single damaged byte is found, or leaves the message unfinished', () => {
  const bytes = encode(frames.slice(0, 2))
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ flip
      const decoder = createEventStreamDecoder()
      assert.throws(
        () => [decoder.push(damaged), decoder.end()],
        (error) => GatewayError.is(error) && error.kind === 'upstream-failed',
      )
    }),
    { numRuns: runsOf(2_000) },
  )
})

test('any bytes give frames or a failure of the provider', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), (pieces) => {
      const decoder = createEventStreamDecoder()
      try {
        for (const piece of pieces) decoder.push(piece)
        decoder.end()
      } catch (error) {
        assert.ok(GatewayError.is(error) && error.kind === 'upstream-failed')
      }
    }),
    { numRuns: runsOf(2_000) },
  )
})

test('limits: a length beyond the longest, below the shortest, headers longer than their message', () => {
  const withLength = (total: number, headers = 0) => {
    const prelude = Buffer.alloc(16)
    prelude.writeUInt32BE(total, 0)
    prelude.writeUInt32BE(headers, 4)
    return prelude
  }
  const push = (bytes: Uint8Array) => () => createEventStreamDecoder().push(bytes)
  assert.throws(push(withLength(longestMessageBytes + 1)), failsAs('upstream_line_too_long'))
  assert.throws(push(withLength(15)), failsAs('upstream_malformed_stream'))
  assert.throws(push(withLength(16, 500)), failsAs('upstream_malformed_stream'))
  assert.throws(push(Buffer.from('<!DOCTYPE html>')), failsAs('upstream_line_too_long'))
})

test('a stream that ends inside a message is truncated', () => {
  const decoder = createEventStreamDecoder()
  decoder.push(encode(frames).subarray(0, -1))
  assert.throws(() => decoder.end(), failsAs('upstream_stream_truncated'))
})

test('the scanner says where messages end', () => {
  const bytes = encode(frames)
  const scanner = createEventStreamScanner()
  const ends: number[] = []
  scanner.scan(bytes.subarray(0, 50), (_frame, end) => ends.push(end))
  scanner.scan(bytes.subarray(50), (_frame, end) => ends.push(end + 50))
  let at = 0
  const lengths = frames.map((frame) => {
    at += encode([frame]).length
    return at
  })
  assert.deepEqual(ends, lengths)
})

test('the native lane passes whole messages on untouched, exceptions through the rewriter', () => {
  const bytes = encode(frames)
  let failed = false
  const stream = createNativeStream(
    {
      push: (frame) => {
        failed ||= frame.exception === true
        return 'forward'
      },
      complete: () => false,
      failed: () => failed,
      facts: () => ({}),
    },
    { format: 'aws-event-stream', rewriteError: () => Buffer.from('REWRITTEN') },
  )
  const exceptionAt = encode(frames.slice(0, 3)).length
  const out = Array.from(bytes, (byte) => Buffer.from(stream.push(Uint8Array.of(byte))))
  assert.equal(Buffer.concat(out).toString('latin1'), `${bytes.toString('latin1', 0, exceptionAt)}REWRITTEN`)
  assert.equal(stream.end().outcome, 'failed')
})
