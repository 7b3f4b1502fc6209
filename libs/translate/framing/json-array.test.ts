import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runsOf } from '../property-runs.suite.ts'
import { createFrameEncoder, encodeLastFrames, streamContentType } from './frames.ts'

const text = (...pieces: readonly Uint8Array[]) => Buffer.concat(pieces).toString()

test('frames are the items of one array, whatever batches they come in', () => {
  const batches = fc.array(fc.array(fc.json(), { maxLength: 4 }), { maxLength: 6 })
  fc.assert(
    fc.property(batches, (written) => {
      const encoder = createFrameEncoder('json-array')
      const pieces = written.map((batch) => encoder.push(batch.map((data) => ({ data }))))
      const whole = text(...pieces, encoder.end())
      assert.deepEqual(
        JSON.parse(whole),
        written.flat().map((data) => JSON.parse(data)),
      )
    }),
    { numRuns: runsOf(100) },
  )
})

test('every item can be read as soon as its bytes are there', () => {
  const encoder = createFrameEncoder('json-array')
  assert.equal(text(encoder.push([{ data: '{"a":1}' }])), '[{"a":1}')
  assert.equal(text(encoder.push([])), '')
  assert.equal(text(encoder.push([{ data: '{"b":2}' }, { data: '{"c":3}' }])), ',\r\n{"b":2},\r\n{"c":3}')
  assert.equal(text(encoder.end()), '\r\n]')
})

test('a stream without items is an empty array', () => {
  assert.equal(text(createFrameEncoder('json-array').end()), '[]')
})

test('an error that ends an array of which items are out is its last item', () => {
  const encoder = createFrameEncoder('json-array')
  const begun = encoder.push([{ data: '{"a":1}' }])
  const last = encodeLastFrames('json-array', [{ data: '{"error":{"code":503}}', exception: true }])
  assert.deepEqual(JSON.parse(text(begun, last)), [{ a: 1 }, { error: { code: 503 } }])
  assert.equal(streamContentType['json-array'], 'application/json; charset=utf-8')
})
