import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type ErrorKind, errorKinds } from '#contract'
import { type NextStepOptions, nextStep } from './index.ts'

type Changes = Partial<Omit<NextStepOptions, 'failure' | 'policy'>> & {
  readonly retryAfterMs?: number
  readonly wroteNothing?: boolean
  readonly policy?: Partial<NextStepOptions['policy']>
}

const policy = { maxRetries: 2, backoffInitialMs: 500, backoffMaxMs: 5000, maxUpstreamCalls: 8 }

function options(failed: ErrorKind | number, changes: Changes): NextStepOptions {
  const { retryAfterMs, wroteNothing = false, policy: changed, ...rest } = changes
  const status = typeof failed === 'number' ? failed : undefined
  return {
    failure: {
      kind: typeof failed === 'number' ? 'upstream-rejected' : failed,
      status,
      retryAfterMs,
      wroteNothing,
    },
    policy: { ...policy, ...changed },
    callsAtThisTarget: 1,
    callsOfRequest: rest.callsAtThisTarget ?? 1,
    targetsLeft: 0,
    remainingMs: 60_000,
    anotherKeyUsable: false,
    maxWaitMs: 15_000,
    budget: 'allowed',
    random: () => 0.5,
    ...rest,
  }
}

/** `again <wait>`, `again <wait> free`, `hop` or `answer`. */
function step(failed: ErrorKind | number, changes: Changes = {}): string {
  const next = nextStep(options(failed, changes))
  if (next.type !== 'again') return next.type
  return `again ${next.waitMs}${next.free ? ' free' : ''}`
}

describe('by failure', () => {
  /** failure → alone | with another key | with another target */
  const rows: readonly (readonly [ErrorKind | number, string, string, string])[] = [
    [408, 'again 250', 'again 250', 'again 250'],
    [429, 'again 250', 'again 0', 'again 250'],
    [500, 'again 250', 'again 250', 'again 250'],
    [502, 'again 250', 'again 250', 'again 250'],
    [503, 'again 250', 'again 250', 'again 250'],
    [504, 'again 250', 'again 250', 'again 250'],
    [529, 'again 250', 'again 250', 'again 250'],
    ['upstream-failed', 'again 250', 'again 250', 'again 250'],
    ['upstream-unreachable', 'again 250', 'again 250', 'again 250'],
    ['timeout', 'again 250', 'again 250', 'hop'],
    [401, 'answer', 'again 0', 'hop'],
    [402, 'answer', 'again 0', 'hop'],
    [403, 'answer', 'again 0', 'hop'],
    [404, 'answer', 'answer', 'hop'],
    [409, 'answer', 'answer', 'hop'],
    [501, 'answer', 'answer', 'hop'],
    [400, 'answer', 'answer', 'answer'],
    [413, 'answer', 'answer', 'answer'],
    [422, 'answer', 'answer', 'answer'],
    ['not-implemented', 'answer', 'answer', 'hop'],
    ['queue-full', 'answer', 'answer', 'hop'],
    ['invalid-request', 'answer', 'answer', 'answer'],
    ['not-found', 'answer', 'answer', 'answer'],
    ['cancelled', 'answer', 'answer', 'answer'],
    ['unavailable', 'answer', 'answer', 'answer'],
    ['mismatch', 'answer', 'answer', 'answer'],
    ['outcome-unknown', 'answer', 'answer', 'answer'],
    ['internal', 'answer', 'answer', 'answer'],
  ]
  for (const [failed, alone, withKey, withTarget] of rows) {
    test(`${failed}: ${alone} | ${withKey} | ${withTarget}`, () => {
      assert.equal(step(failed), alone)
      assert.equal(step(failed, { anotherKeyUsable: true }), withKey)
      assert.equal(step(failed, { targetsLeft: 1 }), withTarget)
    })
  }

  test('an error inside a stream that stands for no status is told', () => {
    assert.equal(step('upstream-rejected'), 'answer')
    assert.equal(step('upstream-rejected', { targetsLeft: 1 }), 'hop')
  })
})

describe('by state', () => {
  const rows: readonly (readonly [string, ErrorKind | number, Changes, string])[] = [
    // The wait
    ['the second wait is drawn from twice as much', 500, { callsAtThisTarget: 2 }, 'again 500'],
    ['no wait is drawn from more than the longest', 500, { policy: { backoffMaxMs: 300 } }, 'again 150'],
    ['the draw may be nothing', 500, { random: () => 0 }, 'again 0'],
    ['Retry-After is a floor', 503, { retryAfterMs: 900 }, 'again 900'],
    ['not a ceiling', 503, { retryAfterMs: 100 }, 'again 250'],
    ['a 503 names its time for every key', 503, { retryAfterMs: 900, anotherKeyUsable: true }, 'again 900'],
    ['a 429 for its own key', 429, { retryAfterMs: 9000, anotherKeyUsable: true }, 'again 0'],
    ['all keys cool: until one is back', 429, { keyWaitMs: 700 }, 'again 700'],
    ['whatever failed', 500, { keyWaitMs: 700 }, 'again 700'],
    ['a long Retry-After is waited for', 429, { retryAfterMs: 15_000 }, 'again 15000'],
    ['unless it passes the maximum wait', 429, { retryAfterMs: 15_001 }, 'answer'],
    ['or the deadline', 429, { retryAfterMs: 3000, remainingMs: 3000 }, 'answer'],
    ['a wait for a key is bounded alike', 429, { keyWaitMs: 15_001 }, 'answer'],
    ['a drawn wait must fit the deadline, too', 500, { remainingMs: 250 }, 'answer'],
    ['just fits', 500, { remainingMs: 251 }, 'again 250'],
    ['no time left', 500, { remainingMs: 0, targetsLeft: 1 }, 'answer'],
    // Another target
    ['a long Retry-After: go on', 429, { retryAfterMs: 1001, targetsLeft: 1 }, 'hop'],
    ['a short one: wait', 429, { retryAfterMs: 1000, targetsLeft: 1 }, 'again 1000'],
    ['a long cooldown of all keys: go on', 500, { keyWaitMs: 1001, targetsLeft: 1 }, 'hop'],
    ['another key comes before another target', 429, { anotherKeyUsable: true, targetsLeft: 1 }, 'again 0'],
    // Calls
    ['the last retry', 500, { callsAtThisTarget: 2 }, 'again 500'],
    ['no retry left', 500, { callsAtThisTarget: 3 }, 'answer'],
    ['no retry left, another target', 500, { callsAtThisTarget: 3, targetsLeft: 1 }, 'hop'],
    ['retries are switched off', 500, { policy: { maxRetries: 0 } }, 'answer'],
    ['the last call of the request', 500, { callsOfRequest: 7 }, 'again 250'],
    ['no call left', 500, { callsOfRequest: 8 }, 'answer'],
    ['no call left for another target either', 500, { callsOfRequest: 8, targetsLeft: 1 }, 'answer'],
    ['the last call belongs to the target that is left', 500, { callsOfRequest: 7, targetsLeft: 1 }, 'hop'],
    ['as do the last three', 500, { callsOfRequest: 5, targetsLeft: 3 }, 'hop'],
    ['one more than they need', 500, { callsOfRequest: 5, targetsLeft: 2 }, 'again 250'],
    // Budget
    ['the budget is exhausted', 500, { budget: 'exhausted' }, 'answer'],
    ['the budget is exhausted, another target', 500, { budget: 'exhausted', targetsLeft: 1 }, 'hop'],
    ['another key needs budget, too', 429, { budget: 'exhausted', anotherKeyUsable: true }, 'answer'],
    ['nobody knows the budget', 500, { budget: 'unknown' }, 'again 250'],
  ]
  for (const [name, failed, changes, expected] of rows) {
    test(`${name}: ${expected}`, () => assert.equal(step(failed, changes), expected))
  }
})

describe('nothing was written', () => {
  const rows: readonly (readonly [string, Changes, string])[] = [
    ['once more at once', {}, 'again 0 free'],
    ['whatever max_retries says', { policy: { maxRetries: 0 } }, 'again 0 free'],
    ['whatever the budget says', { budget: 'exhausted' }, 'again 0 free'],
    ['before another target', { targetsLeft: 1 }, 'again 0 free'],
    ['the third call is a retry like any other', { callsAtThisTarget: 2 }, 'again 500'],
    ['which max_retries bounds', { callsAtThisTarget: 2, policy: { maxRetries: 1 } }, 'answer'],
    ['not when the call is needed elsewhere', { callsOfRequest: 7, targetsLeft: 1 }, 'hop'],
    ['not past the deadline', { remainingMs: 0 }, 'answer'],
    ['not before a key is back', { keyWaitMs: 400 }, 'again 400 free'],
  ]
  for (const [name, changes, expected] of rows) {
    test(`${name}: ${expected}`, () => {
      assert.equal(step('upstream-unreachable', { ...changes, wroteNothing: true }), expected)
    })
  }
})

describe('for any failure in any state', () => {
  const kinds = Object.keys(errorKinds) as ErrorKind[]
  const ms = fc.nat(20_000)
  const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const anything: fc.Arbitrary<NextStepOptions> = fc
    .record({
      failure: fc.record({
        kind: fc.oneof(fc.constantFrom(...kinds), fc.constant<ErrorKind>('upstream-rejected')),
        status: fc.constantFrom(
          undefined,
          400,
          401,
          402,
          403,
          404,
          408,
          413,
          422,
          429,
          500,
          502,
          503,
          504,
          529,
        ),
        retryAfterMs: fc.option(ms, { nil: undefined }),
        wroteNothing: fc.boolean(),
      }),
      policy: fc.record({
        maxRetries: fc.nat(5),
        backoffInitialMs: ms,
        backoffMaxMs: ms,
        maxUpstreamCalls: fc.integer({ min: 1, max: 10 }),
      }),
      callsAtThisTarget: fc.integer({ min: 1, max: 8 }),
      callsBefore: fc.nat(4),
      targetsLeft: fc.nat(4),
      remainingMs: fc.integer({ min: -100, max: 20_000 }),
      anotherKeyUsable: fc.boolean(),
      keyWaitMs: fc.option(ms, { nil: undefined }),
      maxWaitMs: ms,
      budget: fc.constantFrom('allowed', 'exhausted', 'unknown'),
      point: draw,
    })
    .map(({ callsBefore, point, keyWaitMs, ...rest }) => ({
      ...rest,
      callsOfRequest: rest.callsAtThisTarget + callsBefore,
      // Where another key can be used nobody waits for one.
      keyWaitMs: rest.anotherKeyUsable ? undefined : keyWaitMs,
      random: () => point,
    }))

  const always = (property: (asked: NextStepOptions, next: ReturnType<typeof nextStep>) => void) =>
    fc.assert(
      fc.property(anything, (asked) => property(asked, nextStep(asked))),
      { numRuns: 5000 },
    )

  test('no limit of calls is passed', () => {
    always(({ policy: limits, callsAtThisTarget, callsOfRequest, targetsLeft, failure }, next) => {
      if (next.type === 'answer') return
      assert.ok(callsOfRequest < limits.maxUpstreamCalls)
      if (next.type === 'hop') return
      assert.ok(callsOfRequest + 1 + targetsLeft <= limits.maxUpstreamCalls)
      const calls = failure.wroteNothing ? Math.max(2, 1 + limits.maxRetries) : 1 + limits.maxRetries
      assert.ok(callsAtThisTarget + 1 <= calls)
    })
  })

  test('no wait is below Retry-After but with another key', () => {
    always(({ failure, anotherKeyUsable, keyWaitMs }, next) => {
      if (next.type !== 'again') return
      const isKeys =
        [401, 402, 403, 429].includes(failure.status ?? 0) && failure.kind === 'upstream-rejected'
      if (!(isKeys && anotherKeyUsable)) assert.ok(next.waitMs >= (failure.retryAfterMs ?? 0))
      assert.ok(next.waitMs >= (keyWaitMs ?? 0))
    })
  })

  test('no wait passes the deadline, nor a named one the maximum', () => {
    always(({ failure, remainingMs, keyWaitMs, maxWaitMs, policy: { backoffMaxMs } }, next) => {
      if (next.type === 'answer') return
      assert.ok(remainingMs > 0)
      if (next.type === 'hop') return
      assert.ok(next.waitMs < remainingMs)
      assert.ok(next.waitMs <= Math.max(backoffMaxMs, failure.retryAfterMs ?? 0, keyWaitMs ?? 0))
      assert.ok(next.waitMs <= Math.max(backoffMaxMs, maxWaitMs))
    })
  })

  test('no hop without a target, no budgeted retry without budget, no second try of a wrong request', () => {
    always(({ failure, targetsLeft, budget }, next) => {
      if (next.type === 'hop') assert.ok(targetsLeft > 0)
      if (next.type === 'again') assert.ok(next.free || budget !== 'exhausted')
      if (failure.kind === 'upstream-rejected' && [400, 413, 422].includes(failure.status ?? 0))
        assert.equal(next.type, 'answer')
    })
  })
})
