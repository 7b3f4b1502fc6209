import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { Secret } from '#contract'
import { load, problemsOf } from './helpers.suite.ts'
import { parseRedisAddress, redisAddressOf } from './redis-address.ts'

const parsed = (text: string) => {
  const checked = parseRedisAddress(text)
  assert.ok(checked.ok, text)
  return checked.value
}

describe('an address of Redis', () => {
  test('names one, or several with a credential each', () => {
    assert.deepEqual(parsed('redis://h:1'), { kind: 'servers', urls: ['redis://h:1'], places: {} })
    // A comma inside a password separates nothing.
    const several = 'rediss://u:a,b@h:1/2, redis://h:1/3'
    assert.deepEqual(parsed(several), {
      kind: 'servers',
      urls: ['rediss://u:a,b@h:1/2', 'redis://h:1/3'],
      places: {},
    })
  })

  test('names a cluster by some of its nodes', () => {
    const nodes = [
      { host: 'a', port: 7000 },
      { host: 'b', port: 6379 },
      { host: '::1', port: 7001 },
    ]
    assert.deepEqual(parsed('redis-cluster://a:7000,b,[::1]:7001'), {
      kind: 'cluster',
      seeds: nodes,
      tls: false,
    })
    const secured = parsed('rediss-cluster://user:p%40ss,w@rd@a:7000,b,[::1]:7001/')
    assert.deepEqual(
      { ...secured, password: undefined },
      {
        kind: 'cluster',
        seeds: nodes,
        tls: true,
        username: 'user',
        password: undefined,
      },
    )
    assert.ok(secured.kind === 'cluster' && secured.password instanceof Secret)
    assert.equal(secured.password.reveal(), 'p@ss,w@rd')
    assert.ok(!inspect(secured, { depth: 9 }).includes('ss,w'))
  })

  for (const wrong of [
    '',
    'localhost:6379',
    'redis://h:1,h2:1',
    'redis://h:1,http://h2:1',
    'redis-cluster://',
    'redis-cluster://a:1,',
    'redis-cluster://a:1/2',
    'redis-cluster://a:x',
    'redis-cluster://a:1,redis-cluster://b:1',
    'redis://h:1,redis-cluster://b:1',
  ]) {
    test(`${JSON.stringify(wrong)} is none`, () => {
      const checked = parseRedisAddress(wrong)
      assert.ok(!checked.ok)
      assert.match(checked.message, /redis-cluster:\/\/host:port/)
    })
  }

  test('does not name one Redis twice', () => {
    const twice = parseRedisAddress('redis://:one@h:6379,redis://:two@h')
    assert.ok(!twice.ok)
    assert.match(twice.message, /twice/)
  })
})

describe('places of providers', () => {
  const keys = { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }
  const file = (redis_url: string | undefined, provider_redis: Record<string, unknown>) => ({
    providers: { openai: {}, anthropic: {} },
    queue: { ...(redis_url !== undefined && { redis_url }), provider_redis },
  })
  const two = 'redis://a:1,redis://b:1'

  test('are part of the address', () => {
    const { config, warnings } = load(file(two, { openai: 1 }), keys)
    assert.deepEqual(redisAddressOf(config.queue), {
      kind: 'servers',
      urls: ['redis://a:1', 'redis://b:1'],
      places: { openai: 1 },
    })
    assert.deepEqual(warnings, [])
  })

  test('are within the list, of a provider that is configured, and no affair of a cluster', () => {
    const wrong = (url: string, places: Record<string, unknown>) => problemsOf(file(url, places), keys)
    assert.deepEqual(
      [
        ...wrong(two, { openai: 2 }),
        ...wrong(two, { gemini: 0 }),
        ...wrong('redis-cluster://a:1', { openai: 0 }),
        ...wrong(two, { openai: -1 }),
      ].map(({ path }) => path),
      [
        'queue.provider_redis.openai',
        'queue.provider_redis.gemini',
        'queue.provider_redis.openai',
        'queue.provider_redis.openai',
      ],
    )
  })

  test('do nothing in memory, which is said', () => {
    const { warnings } = load(file(undefined, { openai: 0 }), keys)
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ['queue.provider_redis'],
    )
  })
})
