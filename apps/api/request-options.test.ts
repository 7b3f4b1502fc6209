import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '#contract'
import { forwardedHeaderNames, pickForwardHeaders, readRequestOptions } from './request-options.ts'

test('without headers: normal priority, the configured timeout, no fallbacks', () => {
  assert.deepEqual(readRequestOptions({}), {
    timeoutMs: undefined,
    firstByteTimeoutMs: undefined,
    streamIdleTimeoutMs: undefined,
    streamCommentsMs: undefined,
    cache: undefined,
    priority: 'normal',
    fallbacks: [],
  })
})

test('valid headers are read', () => {
  assert.deepEqual(
    readRequestOptions({
      'x-bifrost-timeout-ms': '1500',
      'x-bifrost-first-byte-timeout-ms': '1',
      'x-bifrost-stream-idle-timeout-ms': '2',
      'x-bifrost-stream-comments-ms': '3',
      'x-bifrost-cache': 'false',
      'x-bifrost-priority': 'high',
      'x-bifrost-fallbacks': 'anthropic/claude, openrouter/org/model',
    }),
    {
      timeoutMs: 1500,
      firstByteTimeoutMs: 1,
      streamIdleTimeoutMs: 2,
      streamCommentsMs: 3,
      cache: false,
      priority: 'high',
      fallbacks: ['anthropic/claude', 'openrouter/org/model'],
    },
  )
})

test('a wrong header is a 400 naming it', () => {
  const wrong: readonly [string, string][] = [
    ['x-bifrost-timeout-ms', '0'],
    ['x-bifrost-timeout-ms', '-1'],
    ['x-bifrost-timeout-ms', '1.5'],
    ['x-bifrost-timeout-ms', 'soon'],
    ['x-bifrost-timeout-ms', '86400001'],
    ['x-bifrost-first-byte-timeout-ms', '0'],
    ['x-bifrost-stream-idle-timeout-ms', '-'],
    ['x-bifrost-stream-comments-ms', 'x'],
    ['x-bifrost-cache', 'yes'],
    ['x-bifrost-priority', 'urgent'],
    ['x-bifrost-fallbacks', ''],
    ['x-bifrost-fallbacks', 'gpt-4o'],
    ['x-bifrost-fallbacks', 'openai/gpt-4o,,x/y'],
  ]
  for (const [name, value] of wrong) {
    assert.throws(
      () => readRequestOptions({ [name]: value }),
      (error) =>
        GatewayError.is(error) &&
        error.status === 400 &&
        error.message.includes(name) &&
        error.param === name,
      `${name}: ${value}`,
    )
  }
})

test('the contract’s headers and the configured ones go up, credentials never', () => {
  const names = forwardedHeaderNames(['X-Organization', 'authorization', 'x-api-key', 'content-length'])
  const headers = {
    authorization: 'Bearer secret',
    'x-api-key': 'secret',
    'content-length': '3',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a,b',
    'openai-organization': 'org',
    'x-organization': 'acme',
    'x-other': 'no',
  }
  assert.deepEqual(pickForwardHeaders(headers, names), {
    'openai-organization': 'org',
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'a,b',
    'x-organization': 'acme',
  })
})
