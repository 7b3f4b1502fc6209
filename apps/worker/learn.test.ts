import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError, type GatewayErrorOptions } from '#contract'
import { callOutcome, type Haste, isHasty } from './learn.ts'

const failed = (options: Pick<GatewayErrorOptions, 'kind' | 'status'>) =>
  new GatewayError({ code: 'failed', message: 'It failed.', ...options })

const rows: readonly (readonly [Pick<GatewayErrorOptions, 'kind' | 'status'>, string])[] = [
  [{ kind: 'upstream-rejected', status: 500 }, 'failure'],
  [{ kind: 'upstream-rejected', status: 503 }, 'failure'],
  [{ kind: 'upstream-rejected', status: 529 }, 'failure'],
  [{ kind: 'upstream-rejected', status: 400 }, 'neutral'],
  [{ kind: 'upstream-rejected', status: 401 }, 'neutral'],
  [{ kind: 'upstream-rejected', status: 404 }, 'neutral'],
  [{ kind: 'upstream-rejected', status: 429 }, 'neutral'],
  [{ kind: 'upstream-failed', status: undefined }, 'failure'],
  [{ kind: 'upstream-unreachable', status: undefined }, 'failure'],
  [{ kind: 'timeout', status: undefined }, 'failure'],
  [{ kind: 'cancelled', status: undefined }, 'neutral'],
  [{ kind: 'internal', status: undefined }, 'neutral'],
]

for (const [options, outcome] of rows) {
  test(`${options.kind} ${options.status ?? ''}: ${outcome} for the breaker`, () => {
    assert.equal(callOutcome(failed(options)), outcome)
  })
}

const request = { code: 'upstream_timeout', configuredMs: 600_000, wholeMs: 15_000, asked: {} }
const hasty: readonly (readonly [string, Haste, boolean])[] = [
  ['it had the whole time', { ...request, givenMs: 15_000 }, false],
  ['it had half of it', { ...request, givenMs: 7_500 }, false],
  ['its request had waited for longer than that', { ...request, givenMs: 7_499 }, true],
  ['its caller gave it less than a second', { ...request, wholeMs: 999, givenMs: 999 }, true],
  ['its caller gave it a second', { ...request, wholeMs: 1_000, givenMs: 1_000 }, false],
  ['the configuration gives all less', { ...request, configuredMs: 400, wholeMs: 400, givenMs: 400 }, false],
  ['no first byte', { ...request, code: 'first_byte_timeout', givenMs: 1 }, false],
  [
    'no first byte within what its caller asked for',
    { ...request, code: 'first_byte_timeout', givenMs: 1, asked: { firstByteMs: 999 } },
    true,
  ],
  [
    'silence that its caller would not bear',
    { ...request, code: 'stream_idle_timeout', givenMs: 1, asked: { streamIdleMs: 10 } },
    true,
  ],
  ['the longest that a stream may take', { ...request, code: 'stream_total_timeout', givenMs: 1 }, false],
]
for (const [what, haste, expected] of hasty) {
  test(`a call ran out of time, ${what}: ${expected ? 'no ' : ''}failure of its provider`, () => {
    assert.equal(isHasty(haste), expected)
  })
}

test('an answer is a success', () => {
  assert.equal(callOutcome(undefined), 'success')
})
