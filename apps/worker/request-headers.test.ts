import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RequestHeaderSources, requestHeaders } from './request-headers.ts'

const plain: RequestHeaderSources = {
  wire: 'openai-chat',
  stream: false,
  vendor: undefined,
  forwarded: {},
  extra: {},
}
const base = {
  'content-type': 'application/json',
  accept: 'application/json',
  'user-agent': 'bifrost',
}

const rows: [string, Partial<RequestHeaderSources>, Record<string, string>][] = [
  ['nothing but our own', {}, base],
  ['a stream is asked for as a stream', { stream: true }, { ...base, accept: 'text/event-stream' }],
  [
    'a binary stream is asked for as one',
    { stream: true, wire: 'bedrock-converse' },
    { ...base, accept: 'application/vnd.amazon.eventstream' },
  ],
  [
    'the caller wins over the vendor, config over the caller',
    {
      wire: 'anthropic-messages',
      vendor: { 'anthropic-version': 'vendor', 'x-v': 'vendor' },
      forwarded: { 'anthropic-version': 'caller', 'anthropic-beta': 'caller' },
      extra: { 'Anthropic-Beta': 'config' },
    },
    { ...base, 'x-v': 'vendor', 'anthropic-version': 'caller', 'anthropic-beta': 'config' },
  ],
  [
    'headers of another vendor stay here, neutral ones go',
    { forwarded: { 'anthropic-beta': 'a', 'openai-organization': 'o', 'x-team': 't' } },
    { ...base, 'openai-organization': 'o', 'x-team': 't' },
  ],
  [
    "the caller's credentials never go up",
    { forwarded: { authorization: 'Bearer theirs', 'x-api-key': 'theirs', cookie: 'c', 'api-key': 'k' } },
    base,
  ],
  [
    'nobody writes what belongs to the connection',
    {
      forwarded: { host: 'evil', 'transfer-encoding': 'chunked', connection: 'x' },
      extra: { 'Content-Length': '1', Host: 'evil', 'Accept-Encoding': 'gzip' },
    },
    base,
  ],
]

for (const [name, sources, expected] of rows) {
  test(name, () => {
    assert.deepEqual(requestHeaders({ ...plain, ...sources }), expected)
  })
}

test('config may give a credential of its own', () => {
  const headers = requestHeaders({ ...plain, extra: { Authorization: 'Bearer extra' } })
  assert.equal(headers['authorization'], 'Bearer extra')
})
