import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseHeaders } from './response-headers.ts'

const rows: [string, Record<string, string>, Record<string, string>][] = [
  ['nothing', {}, {}],
  [
    "the vendor's limits and facts",
    {
      'x-ratelimit-remaining-requests': '9',
      'anthropic-ratelimit-tokens-limit': '8',
      'openai-processing-ms': '7',
      'retry-after': '2',
    },
    {
      'x-ratelimit-remaining-requests': '9',
      'anthropic-ratelimit-tokens-limit': '8',
      'openai-processing-ms': '7',
      'retry-after': '2',
    },
  ],
  ["Anthropic's request id", { 'request-id': 'req_1' }, { 'request-id': 'req_1' }],
  ["OpenAI's request id", { 'x-request-id': 'req_2' }, { 'request-id': 'req_2' }],
  [
    "Amazon's request id, and the name of its error",
    { 'x-amzn-requestid': 'b1', 'x-amzn-errortype': 'ThrottlingException', 'x-amzn-trace-id': 'x' },
    { 'request-id': 'b1', 'x-amzn-requestid': 'b1', 'x-amzn-errortype': 'ThrottlingException' },
  ],
  [
    'nothing of the connection, no cookies, no server identity, no other header',
    {
      connection: 'keep-alive',
      'keep-alive': 'timeout=5',
      'transfer-encoding': 'chunked',
      'content-length': '5',
      'content-encoding': 'gzip',
      'content-type': 'text/html',
      'set-cookie': '__cf_bm=1',
      server: 'cloudflare',
      'cf-ray': 'x',
      via: '1.1 x',
      date: 'now',
      'www-authenticate': 'Bearer',
      'x-envoy-upstream-service-time': '5',
    },
    {},
  ],
]

for (const [name, upstream, expected] of rows) {
  test(name, () => {
    const headers = responseHeaders(upstream, 'application/json')
    assert.deepEqual(headers, { 'content-type': 'application/json', ...expected })
  })
}
