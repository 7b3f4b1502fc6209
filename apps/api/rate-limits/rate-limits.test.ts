import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { RateLimitConfig } from '#config'
import { GatewayError, type Usage } from '#contract'
import { createLogger } from '#observability'
import { createMemoryStore, type Store } from '#store'
import { createRedisStore } from '#store/redis'
import { sharedRedisUrl, startRedis, until } from '#testing'
import { configOf, testConfigFile } from '../testing/start-api.suite.ts'
import {
  createRateLimits,
  type RateAdmission,
  type RateLease,
  type RateLimiter,
  type RateRefusal,
  type RateRequest,
  unlimited,
} from './create-rate-limits.ts'

type FileLimit = {
  readonly per: RateLimitConfig['per']
  readonly match?: string
  readonly requests_per_minute?: number
  readonly tokens_per_minute?: number
}

function pod(store: Pick<Store, 'rateLimits' | 'clock'>, limits: readonly FileLimit[]) {
  const rejected: { readonly per: string; readonly unit: string }[] = []
  const lines: string[] = []
  const limiter = createRateLimits({
    config: configOf({ ...testConfigFile, routing: { rate_limits: limits } }),
    store,
    logger: createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } }),
    metrics: { rateLimited: ({ per, unit }) => rejected.push({ per, unit }) },
  })
  return { ...limiter, rejected, lines }
}

const openai = { provider: 'openai', model: 'gpt-4o' }
const anthropic = { provider: 'anthropic', model: 'claude-3-sonnet-20240229' }
const asked: RateRequest = { tenant: 'a', target: openai, estimateTokens: () => 100 }

async function lease(limiter: RateLimiter, over: Partial<RateRequest> = {}): Promise<RateLease> {
  const admission = await limiter.admit({ ...asked, ...over })
  assert.ok(admission.admitted, admission.admitted ? '' : admission.error.message)
  return admission
}

async function refusal(limiter: RateLimiter, over: Partial<RateRequest> = {}): Promise<RateRefusal> {
  const admission = await limiter.admit({ ...asked, ...over })
  assert.ok(!admission.admitted)
  return admission
}

function usage(input: number, output: number): Usage {
  return { input: { total: input }, output: { total: output } }
}

/** What is left, as the next request is told, which is then taken back. */
async function left(limiter: RateLimiter, over: Partial<RateRequest> = {}): Promise<string> {
  const next = await lease(limiter, { estimateTokens: () => 1, ...over })
  const headers = next.headers('openai-chat')
  await next.release()
  const requests = headers['x-ratelimit-remaining-requests']
  const tokens = headers['x-ratelimit-remaining-tokens']
  const before = (text: string | undefined) => (text === undefined ? '-' : Number(text) + 1)
  return `${before(requests)} requests, ${before(tokens)} tokens`
}

const neverAsked = {
  clock: createMemoryStore().clock,
  rateLimits: {
    reserve: () => assert.fail('the store was asked'),
    settle: () => assert.fail('the store was asked'),
  },
}

test('without limits every request gets the same lease at once, and nobody estimates or asks the store', () => {
  const admission = pod(neverAsked, []).admit({
    ...asked,
    estimateTokens: () => assert.fail('was estimated'),
  })
  assert.equal(admission, unlimited)
  assert.deepEqual(unlimited.headers('openai-chat'), {})
})

test('a request that no limit concerns is admitted without the store', async () => {
  const limiter = pod(neverAsked, [{ per: 'model', match: 'anthropic/*', requests_per_minute: 1 }])
  await (await lease(limiter)).settle({ usage: usage(5, 5), answered: true })
})

test('two pods on one Redis admit exactly the limit of a hundred at once, and say when to come back', async () => {
  const keyPrefix = `test-${randomBytes(6).toString('hex')}`
  const url = await sharedRedisUrl()
  const logger = createLogger({ level: 'silent' })
  const stores = [0, 1].map(() => createRedisStore({ url, logger, keyPrefix }))
  await until(() => stores.every((store) => store.ready()))
  const pods = stores.map((store) =>
    pod(store, [
      { per: 'client_key', requests_per_minute: 60 },
      { per: 'provider', tokens_per_minute: 6_000 },
    ]),
  )
  const admissions: RateAdmission[] = await Promise.all(
    Array.from({ length: 50 }, () => pods.map((limiter) => limiter.admit(asked))).flat(),
  )
  assert.equal(admissions.filter(({ admitted }) => admitted).length, 60)
  const refused = admissions.filter((admission) => !admission.admitted)
  assert.equal(refused.length, 40)
  for (const { error, elsewhere } of refused) {
    assert.equal(error.status, 429)
    assert.equal(error.code, 'rate_limited')
    assert.equal(elsewhere, false)
    assert.ok(error.retryAfterMs !== undefined && error.retryAfterMs > 0 && error.retryAfterMs <= 60_000)
  }
  assert.equal(pods.flatMap(({ rejected }) => rejected).length, 40)
  // Refused requests took none of the provider's tokens: 60 × 100 were there, and are taken.
  const [first, second] = pods
  assert.ok(first && second)
  const other = await refusal(second, { tenant: 'b', estimateTokens: () => 1 })
  assert.match(other.error.message, /the provider "openai" is reached: 6000 tokens per minute/)
  // What the others have not used is there for both pods.
  await Promise.all(
    admissions.map((admission) =>
      admission.admitted ? admission.settle({ usage: usage(10, 5), answered: true }) : undefined,
    ),
  )
  assert.equal(await left(second, { tenant: 'b' }), '60 requests, 5100 tokens')
  assert.equal(await left(first, { tenant: 'b' }), '60 requests, 5100 tokens')
  await Promise.all(stores.map((store) => store.close()))
})

test('Redis away: 503 at once, on no pod counted by itself', async () => {
  await using redis = await startRedis()
  const store = createRedisStore({ url: redis.url, logger: createLogger({ level: 'silent' }) })
  await until(() => store.ready())
  const limiter = pod(store, [{ per: 'client_key', requests_per_minute: 60, tokens_per_minute: 1_000 }])
  const held = await lease(limiter)
  await redis.stop()
  await until(() => !store.ready())
  await assert.rejects(
    async () => limiter.admit(asked),
    (error) => GatewayError.is(error) && error.status === 503 && error.code === 'store_unavailable',
  )
  await held.settle({ usage: usage(500, 500), answered: true })
  assert.match(limiter.lines.join(''), /a rate limit could not be corrected/)
  await store.close()
})

test('which limit refuses, in words, and whether another target may be asked', async () => {
  const rows: readonly (readonly [FileLimit, RegExp, boolean])[] = [
    [
      { per: 'client_key', requests_per_minute: 1 },
      /limit of this client key is reached: 1 requests per/,
      false,
    ],
    [
      { per: 'model', requests_per_minute: 1 },
      /of the model "openai\/gpt-4o" is reached: 1 requests per/,
      true,
    ],
    [
      { per: 'provider', requests_per_minute: 1 },
      /of the provider "openai" is reached: 1 requests per/,
      true,
    ],
    [
      { per: 'model', match: '*/gpt-*', requests_per_minute: 1 },
      /of the models that match "\*\/gpt-\*" is/,
      true,
    ],
    [
      { per: 'provider', tokens_per_minute: 150 },
      /150 tokens per minute; 50 are left and this request may need 100\. Try again in 60 s\./,
      true,
    ],
  ]
  for (const [limit, message, elsewhere] of rows) {
    const limiter = pod(createMemoryStore({ nowMs: () => 0 }), [limit])
    await lease(limiter)
    const refused = await refusal(limiter)
    assert.match(refused.error.message, message)
    assert.equal(refused.elsewhere, elsewhere)
    assert.equal(refused.error.kind, 'rate-limited')
    assert.equal(refused.error.retryAfterMs, 60_000)
    const unit = limit.tokens_per_minute === undefined ? 'requests' : 'tokens'
    assert.deepEqual(limiter.rejected, [{ per: limit.per, unit }])
    assert.equal(refused.headers('openai-chat')[`x-ratelimit-reset-${unit}`], '1m0s')
  }
})

test('tokens are corrected from the usage, given back by what failed, kept where nobody told', async () => {
  const rows: readonly (readonly [Parameters<RateLease['settle']>[0], string])[] = [
    [{ usage: usage(30, 12), answered: true }, '9 requests, 958 tokens'],
    [{ usage: usage(300, 120), answered: true }, '9 requests, 580 tokens'],
    [{ usage: { input: {}, output: { total: 7 } }, answered: false }, '9 requests, 993 tokens'],
    [{ usage: undefined, answered: false }, '9 requests, 1000 tokens'],
    [{ usage: undefined, answered: true }, '9 requests, 900 tokens'],
    [{ usage: { input: {}, output: {}, searchUnits: 1 }, answered: true }, '9 requests, 900 tokens'],
  ]
  for (const [outcome, expected] of rows) {
    const limiter = pod(createMemoryStore(), [
      { per: 'provider', requests_per_minute: 10, tokens_per_minute: 1_000 },
    ])
    const held = await lease(limiter)
    await held.settle(outcome)
    // Only the first counts.
    await held.settle({ usage: usage(999, 999), answered: true })
    await held.release()
    assert.equal(await left(limiter), expected, JSON.stringify(outcome))
  }
})

test('a released lease leaves nothing behind, for all limits', async () => {
  const limiter = pod(createMemoryStore(), [
    { per: 'client_key', requests_per_minute: 2 },
    { per: 'provider', requests_per_minute: 3, tokens_per_minute: 1_000 },
  ])
  await (await lease(limiter)).release()
  assert.equal(await left(limiter), '2 requests, 1000 tokens')
})

test('answered by another target: its limits are charged, the admitted one’s tokens come back', async () => {
  const limiter = pod(createMemoryStore(), [
    { per: 'client_key', tokens_per_minute: 9_000 },
    { per: 'provider', requests_per_minute: 10, tokens_per_minute: 1_000 },
  ])
  const held = await lease(limiter)
  await held.settle({ usage: usage(40, 20), answered: true, target: anthropic })
  assert.equal(await left(limiter), '9 requests, 1000 tokens')
  assert.equal(await left(limiter, { target: anthropic }), '9 requests, 940 tokens')
  const key = pod(createMemoryStore(), [{ per: 'client_key', tokens_per_minute: 9_000 }])
  await (await lease(key)).settle({ usage: usage(40, 20), answered: true, target: anthropic })
  assert.equal(await left(key), '- requests, 8940 tokens')
})

test('a request that may need more than the limit waits for all of it, and is let in then', async () => {
  let now = 0
  const limiter = pod(createMemoryStore({ nowMs: () => now }), [
    { per: 'provider', tokens_per_minute: 1_000 },
  ])
  await lease(limiter, { estimateTokens: () => 1 })
  const refused = await refusal(limiter, { estimateTokens: () => 32_000 })
  assert.equal(refused.error.retryAfterMs, 60_000)
  now = 60_000
  const held = await lease(limiter, { estimateTokens: () => 32_000 })
  assert.equal(held.headers('openai-chat')['x-ratelimit-remaining-tokens'], '0')
  await held.settle({ usage: usage(100, 200), answered: true })
  assert.equal(await left(limiter), '- requests, 700 tokens')
})
