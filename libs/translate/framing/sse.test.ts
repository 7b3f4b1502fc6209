import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { GatewayError, type StreamFrame } from '#contract'
import { runsOf } from '../property-runs.suite.ts'
import { createSseDecoder, encodeSse, longestLineBytes } from './sse.ts'

function decode(...chunks: readonly (string | Uint8Array)[]): StreamFrame[] {
  const decoder = createSseDecoder()
  const frames = chunks.flatMap((chunk) =>
    decoder.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk),
  )
  return [...frames, ...decoder.end()]
}

test('reads names, data and comments', () => {
  assert.deepEqual(decode(': hello\n\nevent: ping\ndata: {}\n\ndata:x\ndata: y\nid: 1\nretry: 5\n\n'), [
    { event: 'ping', data: '{}' },
    { data: 'x\ny' },
  ])
})

test('reads LF, CR and CRLF alike', () => {
  for (const end of ['\n', '\r', '\r\n']) {
    assert.deepEqual(
      decode(['event: a', 'data: 1', 'data: 2', '', 'data: 3', '', ''].join(end)),
      [{ event: 'a', data: '1\n2' }, { data: '3' }],
      JSON.stringify(end),
    )
  }
})

test('passes over a byte order mark, once', () => {
  assert.deepEqual(decode('\uFEFFdata: 1\n\n\uFEFFdata: 2\n\n'), [{ data: '1' }])
})

test('reads data without a value, only one space is dropped, and an event without data is none', () => {
  assert.deepEqual(decode('data\n\ndata:  x\n\nevent: lonely\n\ndata:\n\ndataset: 1\n\n'), [
    { data: '' },
    { data: ' x' },
    { data: '' },
  ])
})

test('gives the last event although its empty line is missing', () => {
  assert.deepEqual(decode('data: 1\n\ndata: [DONE]'), [{ data: '1' }, { data: '[DONE]' }])
  assert.deepEqual(decode('data: 1\n\ndata: [DONE]\n'), [{ data: '1' }, { data: '[DONE]' }])
})

test('a line of 1 MiB passes, a longer one is an upstream failure, whole or in pieces', () => {
  const fits = `data: ${'x'.repeat(longestLineBytes - 6)}`
  assert.equal(decode(`${fits}\n\n`)[0]?.data.length, longestLineBytes - 6)
  const tooLong = (error: unknown) =>
    GatewayError.is(error) && error.kind === 'upstream-failed' && error.code === 'upstream_line_too_long'
  assert.throws(() => decode(`${fits}x\n\n`), tooLong)
  assert.throws(() => decode(fits, 'x'), tooLong)
})

test('an event of endless short lines is bounded, too', () => {
  const decoder = createSseDecoder()
  const chunk = Buffer.from(`data: ${'x'.repeat(1000)}\n`.repeat(1000))
  assert.throws(
    () => {
      for (let index = 0; index < 20; index += 1) decoder.push(chunk)
    },
    (error) => GatewayError.is(error) && error.code === 'upstream_line_too_long',
  )
})

const line = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
  fc.constantFrom('event: a', 'event:b', ': note', 'id: 7', 'data', '', '', 'data: 🎉é', 'nonsense'),
)
const stream = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 24 }))
  .map(([mark, lines]) => (mark ? '\uFEFF' : '') + lines.map((pair) => pair.join('')).join(''))

test('every byte split gives the same frames', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(64), { maxLength: 12 }), (text, sizes) => {
      const bytes = Buffer.from(text)
      const whole = decode(bytes)
      const chunks: Uint8Array[] = []
      let at = 0
      for (const size of sizes) {
        chunks.push(bytes.subarray(at, at + size))
        at += size
      }
      chunks.push(bytes.subarray(at))
      assert.deepEqual(decode(...chunks), whole)
      assert.deepEqual(decode(...[...bytes].map((byte) => Uint8Array.of(byte))), whole)
    }),
    { numRuns: runsOf(2_000) },
  )
})

test('arbitrary bytes never throw', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (chunks) => {
      const frames = decode(...chunks)
      assert.ok(frames.every((frame) => typeof frame.data === 'string'))
    }),
    { numRuns: runsOf(2_000) },
  )
})

test('what is encoded decodes to the same frames', () => {
  const frame = fc.record(
    { event: fc.constantFrom('message_start', 'ping', 'é'), data: fc.string({ unit: 'grapheme' }) },
    { requiredKeys: ['data'] },
  )
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), (frames) => {
      const plain = frames.map((each) => ({ ...each, data: each.data.replace(/\r\n|\r/g, '\n') }))
      assert.deepEqual(decode(encodeSse(frames)), plain)
    }),
  )
})

test('an error that is marked as one reads the same and has no space after its colon', () => {
  const bytes = encodeSse([{ data: '{"error":1}', exception: true }])
  assert.equal(Buffer.from(bytes).toString(), 'data:{"error":1}\n\n')
  assert.deepEqual(decode(bytes), [{ data: '{"error":1}' }])
})
