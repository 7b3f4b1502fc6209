import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '#contract'
import { authHeaders } from './auth.ts'
import type { AuthScheme } from './types.ts'

const rows: [AuthScheme, Record<string, string>][] = [
  ['bearer', { authorization: 'Bearer k-1' }],
  ['x-api-key', { 'x-api-key': 'k-1' }],
  ['x-goog-api-key', { 'x-goog-api-key': 'k-1' }],
  ['api-key', { 'api-key': 'k-1' }],
  ['xi-api-key', { 'xi-api-key': 'k-1' }],
  ['none', {}],
]

for (const [scheme, headers] of rows) {
  test(`${scheme} puts the credential where the vendor reads it`, () => {
    assert.deepEqual(authHeaders(scheme, new Secret('k-1')), headers)
  })
}

test('without a key there is no auth header', () => {
  assert.deepEqual(authHeaders('bearer', undefined), {})
  assert.deepEqual(authHeaders('x-api-key', new Secret('')), {})
})
