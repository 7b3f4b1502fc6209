import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError, type GatewayErrorOptions } from '#contract'
import { callOutcome } from './learn.ts'

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

test('the request ran out of time: a failure only of a provider that had most of it', () => {
  const late = new GatewayError({ kind: 'timeout', code: 'upstream_timeout', message: 'It took too long.' })
  assert.equal(callOutcome(late, 1), 'failure')
  assert.equal(callOutcome(late, 0.5), 'failure')
  assert.equal(callOutcome(late, 0.49), 'neutral')
  assert.equal(callOutcome(late, 0), 'neutral')
  const silent = new GatewayError({ kind: 'timeout', code: 'first_byte_timeout', message: 'Nothing came.' })
  assert.equal(callOutcome(silent, 0.1), 'failure')
})

test('an answer is a success', () => {
  assert.equal(callOutcome(undefined), 'success')
})
