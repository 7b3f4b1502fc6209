import assert from 'node:assert/strict'
import { test } from 'node:test'
import { durationText, type LimitState, limitHeaders } from './limit-headers.ts'

function limitState(unit: 'requests' | 'tokens', over: Partial<LimitState['state']>): LimitState {
  const state = {
    ...{ name: unit, points: 1, limitPerMinute: 100, refused: false, remaining: 50 },
    ...{ resetMs: 30_000, untilMs: 0, ...over },
  }
  const { name, limitPerMinute } = state
  return { limit: { name, per: 'provider', unit, limitPerMinute, whose: 'x' }, state }
}

const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5, 1)

test('durations are written as OpenAI writes them', () => {
  const rows: readonly (readonly [number, string])[] = [
    [0, '0ms'],
    [-5, '0ms'],
    [0.2, '1ms'],
    [120, '120ms'],
    [1_000, '1s'],
    [8_640, '8.64s'],
    [59_999, '59.999s'],
    [60_000, '1m0s'],
    [360_000, '6m0s'],
    [90_500, '1m30.5s'],
  ]
  for (const [ms, text] of rows) assert.equal(durationText(ms), text)
})

test('each unit shows its tightest limit, and nothing where none is set', () => {
  const states = [
    limitState('requests', { remaining: 9 }),
    limitState('requests', { remaining: 3, limitPerMinute: 60, resetMs: 1_500 }),
  ]
  assert.deepEqual(limitHeaders(states, { wire: 'openai-chat', nowMs }), {
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '3',
    'x-ratelimit-reset-requests': '1.5s',
  })
  assert.deepEqual(limitHeaders([], { wire: 'openai-chat', nowMs }), {})
})

test('the limit that refused is shown before one with less left', () => {
  const states = [
    limitState('tokens', { remaining: 0, limitPerMinute: 1 }),
    limitState('tokens', { remaining: 40, limitPerMinute: 2, refused: true }),
    limitState('tokens', { remaining: 40, limitPerMinute: 3, refused: true, resetMs: 31_000 }),
  ]
  const headers = limitHeaders(states, { wire: 'openai-chat', nowMs })
  assert.equal(headers['x-ratelimit-limit-tokens'], '3')
})

test('callers of Anthropic’s API are told in its names as well', () => {
  const headers = limitHeaders([limitState('tokens', {})], { wire: 'anthropic-messages', nowMs })
  assert.deepEqual(headers, {
    'x-ratelimit-limit-tokens': '100',
    'x-ratelimit-remaining-tokens': '50',
    'x-ratelimit-reset-tokens': '30s',
    'anthropic-ratelimit-tokens-limit': '100',
    'anthropic-ratelimit-tokens-remaining': '50',
    'anthropic-ratelimit-tokens-reset': '2026-01-02T03:04:36Z',
  })
})
