import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { StreamFrame, StreamTap } from '#contract'
import { createNativeStream } from './native-stream.ts'
import { runsOf } from './property-runs.suite.ts'

/** A tap that withholds frames reading `secret`, ends on `end` and fails on `fail`. */
function createTap(): StreamTap & { readonly seen: StreamFrame[] } {
  const seen: StreamFrame[] = []
  return {
    seen,
    push: (frame) => {
      seen.push(frame)
      return frame.data === 'secret' ? 'withhold' : 'forward'
    },
    complete: () => seen.some((frame) => frame.data === 'end'),
    failed: () => seen.some((frame) => frame.data === 'fail'),
    facts: () => ({ model: `${seen.length}` }),
  }
}

function run(chunks: readonly Uint8Array[]) {
  const tap = createTap()
  const stream = createNativeStream(tap)
  const pushed = chunks.map((chunk) => Buffer.from(stream.push(chunk)).toString('utf8'))
  const { rest, outcome } = stream.end()
  return { pushed, rest: Buffer.from(rest).toString('utf8'), outcome, seen: tap.seen, facts: stream.facts() }
}
const bytes = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text))

test('forwards whole events only and holds the tail back', () => {
  const result = run(bytes('data: 1\n\nda', 'ta: 2\n', '\n', 'data: end\n\n'))
  assert.deepEqual(result.pushed, ['data: 1\n\n', '', 'data: 2\n\n', 'data: end\n\n'])
  assert.equal(result.outcome, 'complete')
  assert.deepEqual(result.facts, { model: '3' })
})

test('copies nothing when a push ends on an event and nothing is withheld', () => {
  const stream = createNativeStream(createTap())
  const chunk = Buffer.from('data: 1\n\ndata: 2\n\n')
  const forwarded = stream.push(chunk)
  assert.equal(forwarded.buffer, chunk.buffer)
  assert.equal(forwarded.byteOffset, chunk.byteOffset)
  assert.equal(forwarded.length, chunk.length)
})

test('takes a withheld event out from between its neighbours, wherever the bytes are cut', () => {
  const text =
    ': note\r\n\r\ndata: 1\r\n\r\ndata: secret\r\n\r\ndata: secret\r\n\r\n: keep\r\n\r\ndata: end\r\n\r\n'
  const wanted = ': note\r\n\r\ndata: 1\r\n\r\n: keep\r\n\r\ndata: end\r\n\r\n'
  for (let cut = 0; cut <= text.length; cut += 1) {
    for (let second = cut; second <= text.length; second += 7) {
      const parts = bytes(text.slice(0, cut), text.slice(cut, second), text.slice(second))
      const result = run(parts)
      assert.equal(result.pushed.join('') + result.rest, wanted, `cut at ${cut} and ${second}`)
    }
  }
})

test('forwards the unterminated tail of a complete stream, drops that of a truncated one', () => {
  assert.deepEqual(run(bytes('data: 1\n\ndata: end')).rest, 'data: end')
  const cut = run(bytes('data: 1\n\ndata: {"half'))
  assert.deepEqual([cut.pushed.join(''), cut.rest, cut.outcome], ['data: 1\n\n', '', 'truncated'])
  const failed = run(bytes('data: fail\n\n'))
  assert.deepEqual([failed.pushed.join(''), failed.rest, failed.outcome], ['data: fail\n\n', '', 'failed'])
})

test("rewrites the provider's error events and no other, wherever the bytes are cut", () => {
  const shout = (event: Uint8Array) => Buffer.from(Buffer.from(event).toString().toUpperCase())
  const before = ': a\r\n\r\ndata: 1\r\n\r\n'
  const between = 'data: b\r\n\r\ndata: secret\r\n\r\n: c\r\n\r\n'
  const error = 'data: fail\r\n\r\n'
  const later = 'event: error\r\ndata: x\r\n\r\ndata: {"error":1}\r\n\r\n'
  const text = [before, error, between, later, 'data: end'].join('')
  const wanted =
    before +
    error.toUpperCase() +
    between.replace('data: secret\r\n\r\n', '') +
    later.toUpperCase() +
    'data: end'
  for (let cut = 0; cut <= text.length; cut += 1) {
    for (let second = cut; second <= text.length; second += 7) {
      const stream = createNativeStream(createTap(), { rewriteError: shout })
      const parts = bytes(text.slice(0, cut), text.slice(cut, second), text.slice(second))
      const pushed = parts.map((part) => Buffer.from(stream.push(part)).toString())
      const { rest, outcome } = stream.end()
      assert.equal(pushed.join('') + Buffer.from(rest).toString(), wanted, `cut at ${cut} and ${second}`)
      assert.equal(outcome, 'failed')
    }
  }
})

test('rewrites an error event that no empty line ended', () => {
  const stream = createNativeStream(createTap(), { rewriteError: () => Buffer.from('masked') })
  assert.equal(stream.push(Buffer.from('data: fail')).length, 0)
  assert.equal(Buffer.from(stream.end().rest).toString(), 'masked')
})

test('what is forwarded does not depend on the byte split, and is the input less what was withheld', () => {
  const event = fc.tuple(
    fc.constantFrom('data: 1', 'data: é🎉', 'data: secret', ': note', 'event: x\ndata: y\ndata: z'),
    fc.constantFrom('\n', '\r', '\r\n'),
  )
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 10 }),
      fc.array(fc.nat(20), { maxLength: 20 }),
      (events, sizes) => {
        const printed = events.map(([text, end]) => ({
          text: `${text.replaceAll('\n', end)}${end}${end}`,
          withheld: text === 'data: secret',
        }))
        const last = 'data: end\n\n'
        const input = Buffer.from(printed.map(({ text }) => text).join('') + last)
        const wanted =
          printed
            .filter(({ withheld }) => !withheld)
            .map(({ text }) => text)
            .join('') + last
        const chunks: Uint8Array[] = []
        let at = 0
        for (const size of sizes) {
          chunks.push(input.subarray(at, at + size))
          at += size
        }
        chunks.push(input.subarray(at))
        const stream = createNativeStream(createTap())
        const output = chunks.map((chunk) => Buffer.from(stream.push(chunk)))
        const { rest, outcome } = stream.end()
        assert.equal(Buffer.concat([...output, rest]).toString('utf8'), wanted)
        assert.equal(outcome, 'complete')
      },
    ),
    { numRuns: runsOf(2_000) },
  )
})
