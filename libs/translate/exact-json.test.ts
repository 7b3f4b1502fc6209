import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseExact } from './exact-json.ts'
import { runsOf } from './property-runs.suite.ts'

test('numbers print as they were written', () => {
  for (const text of [
    '{"a":12345678901234567890,"b":1.0,"c":[1e3,-0,0.10,1E-7],"d":"1.0"}',
    '[0,-1,1.5]',
    '"x"',
  ]) {
    assert.equal(JSON.stringify(parseExact(text)), text)
  }
})

test('any JSON reads as it would otherwise', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.equal(
        JSON.stringify(JSON.parse(JSON.stringify(parseExact(text)))),
        JSON.stringify(JSON.parse(text)),
      )
    }),
    { numRuns: runsOf(100) },
  )
})
