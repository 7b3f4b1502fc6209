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

test('an answer is a success', () => {
  assert.equal(callOutcome(undefined), 'success')
})
