import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load, problemsOf } from './helpers.suite.ts'

const keys = { OPENAI_API_KEY: 'k' }
const routingOf = (routing: object) => load({ providers: { openai: {} }, routing }, keys).config.routing

test('a rule: names in lower case, targets with their weights, a name by its place', () => {
  const { rules } = routingOf({
    rules: [
      {
        when: { model: 'gpt-*', headers: { 'X-Tier': 'gold' }, metadata: { team: 'a*' } },
        targets: ['openai/a', { model: 'openai/b', weight: 3 }],
        strategy: 'lowest-cost',
        fallbacks: ['openai/c'],
      },
      { name: 'rest', when: {} },
    ],
  })
  assert.deepEqual(rules, [
    {
      name: 'rule-1',
      when: { model: 'gpt-*', headers: { 'x-tier': 'gold' }, metadata: { team: 'a*' } },
      targets: [
        { model: 'openai/a', weight: 1 },
        { model: 'openai/b', weight: 3 },
      ],
      strategy: 'lowest-cost',
      fallbacks: ['openai/c'],
    },
    {
      name: 'rest',
      when: { model: undefined, headers: {}, metadata: {} },
      targets: undefined,
      strategy: undefined,
      fallbacks: undefined,
    },
  ])
})

test('seconds and kilobytes become what the code counts in', () => {
  const { circuitBreaker, timeouts, cache, prices, rateLimits } = routingOf({
    circuit_breaker: { open_in_seconds: 0.5, window_in_seconds: 2, volume_threshold: 30 },
    timeouts: [{ model: 'openai/o*', first_byte_timeout_in_seconds: 1.5 }],
    cache: { enabled: true, ttl_in_seconds: 2, max_entry_size_kb: 1 },
    prices: { 'openai/*': { input: 1, output: 2, cache_read: 0.1 } },
    rate_limits: [{ per: 'model', match: 'openai/*', tokens_per_minute: 10 }],
  })
  assert.deepEqual(circuitBreaker, {
    enabled: true,
    errorThresholdPercentage: 50,
    volumeThreshold: 30,
    windowMs: 2_000,
    openMs: 500,
  })
  assert.deepEqual(timeouts, [
    {
      model: 'openai/o*',
      requestTimeoutMs: undefined,
      firstByteTimeoutMs: 1_500,
      streamIdleTimeoutMs: undefined,
      streamTotalTimeoutMs: undefined,
    },
  ])
  assert.deepEqual(cache, { enabled: true, ttlMs: 2_000, maxEntryBytes: 1_024 })
  assert.deepEqual(prices, [
    { pattern: 'openai/*', input: 1, output: 2, cacheRead: 0.1, cacheWrite: undefined },
  ])
  assert.deepEqual(rateLimits, [
    { per: 'model', match: 'openai/*', requestsPerMinute: undefined, tokensPerMinute: 10 },
  ])
})

const withOpenai = (rest: object) => ({ providers: { openai: {} }, ...rest })
const wrong: readonly (readonly [string, object, string, RegExp])[] = [
  [
    'a rule to nowhere',
    withOpenai({ routing: { rules: [{ when: {}, targets: ['openai/a', { model: 'x/y' }] }] } }),
    'routing.rules[0].targets[1]',
    /not configured/,
  ],
  [
    'a fallback of a rule without a provider',
    withOpenai({ routing: { rules: [{ when: {}, fallbacks: ['a'] }] } }),
    'routing.rules[0].fallbacks[0]',
    /provider and model/,
  ],
  [
    'a rate limit that limits nothing',
    withOpenai({ routing: { rate_limits: [{ per: 'model' }] } }),
    'routing.rate_limits[0]',
    /requests_per_minute/,
  ],
  [
    'a rate limit that names client keys',
    withOpenai({ routing: { rate_limits: [{ per: 'client_key', match: 'sk-*', requests_per_minute: 1 }] } }),
    'routing.rate_limits[0].match',
    /secrets/,
  ],
  [
    'a strategy that is none',
    withOpenai({ routing: { strategy: 'cheapest' } }),
    'routing.strategy',
    /lowest-cost/,
  ],
  [
    'a tenant header that is no header',
    withOpenai({ server: { tenant_header: 'x tenant' } }),
    'server.tenant_header',
    /not the name/,
  ],
  [
    'a session header that is no header',
    withOpenai({ routing: { session_header: 'a:b' } }),
    'routing.session_header',
    /not the name/,
  ],
]
for (const [name, file, path, remedy] of wrong) {
  test(`wrong: ${name}`, () => {
    const [problem, ...others] = problemsOf(file, keys)
    assert.deepEqual(others, [])
    assert.equal(problem?.path, path)
    assert.match(problem?.message ?? '', remedy)
  })
}
