import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeEntry, encodeEntry, entryOf, framesOf } from './entry.ts'
import { chunk, end, head, replayed, target } from './helpers.suite.ts'

test('an answer comes out of the store byte by byte and piece by piece as it went in', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 40 }).map((text) => new Uint8Array(Buffer.from(text))),
  )
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 8 }), (pieces) => {
      const frames = [head, ...pieces.map((piece) => chunk(Buffer.from(piece))), end]
      const entry = entryOf(frames, target)
      assert.ok(entry)
      const decoded = decodeEntry(encodeEntry(entry))
      assert.ok(decoded)
      assert.deepEqual(framesOf(decoded), replayed(...frames))
    }),
    { numRuns: 1_000 },
  )
})

test('what is no entry of this build is none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => assert.equal(decodeEntry(text), undefined)),
  )
})
