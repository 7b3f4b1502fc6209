import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskSecrets } from './mask-secrets.ts'

const secrets = [
  'sk-CANARY-0123456789',
  'sk-ant-api03-abcDEF_123-456',
  'sk-proj-Abc123def456',
  'gsk_abcdEFGH1234',
  'AIzaSyA1234567890abcdefghijklmnopqrstuv',
  'AKIAIOSFODNN7EXAMPLE',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  'ya29.a0AfH6SMBx-123',
]
for (const secret of secrets) {
  test(`masks ${secret.slice(0, 6)}…`, () => {
    for (const text of [
      secret,
      `Invalid key (${secret}).`,
      `{"authorization":"Bearer ${secret}"}`,
      `key=${secret}&x=1`,
    ]) {
      const masked = maskSecrets(text)
      assert.ok(!masked.includes(secret.slice(4)), masked)
      assert.ok(masked.includes('***'), masked)
    }
  })
}

test('masks named values and long runs after the word key', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Incorrect API key provided: sk-abcde************wxyz. You', 'Incorrect API key provided: ***. You'],
    ['GET https://host/v1?key=abc&alt=sse', 'GET https://host/v1?key=***&alt=sse'],
    ['"x-api-key": "9f86d081884c7d65"', '"x-api-key": "***"'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
    ['The key 0123456789abcdef0123456789abcdef is revoked', 'The key *** is revoked'],
  ]
  for (const [text, expected] of cases) assert.equal(maskSecrets(text), expected)
})

test('leaves ordinary words alone', () => {
  const texts = [
    'Missing required key: messages',
    'max_tokens: Field required',
    'This key is not allowed to use the model claude-opus-5 in this workspace.',
    'Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000.',
  ]
  for (const text of texts) assert.equal(maskSecrets(text), text)
})

test('cuts off endless text', () => {
  assert.equal(maskSecrets('x'.repeat(100_000)).length, 4_097)
})
