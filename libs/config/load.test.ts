import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { registered } from '#providers/catalogue'
import { errorOf, load, problemsOf } from './helpers.suite.ts'
import { loadConfig, readConfigFile } from './index.ts'

const fixtures = join(import.meta.dirname, 'fixtures')
const keys = {
  OPENAI_API_KEY: 'k-openai',
  OPENAI_API_KEY_1: 'k-1',
  OPENAI_API_KEY_2: 'k-2',
  ANTHROPIC_API_KEY: 'k-anthropic',
}

describe('the documents that the product honours', () => {
  const snippets = readdirSync(fixtures).filter((name) => name.endsWith('.json'))

  test('are all here', () => assert.equal(snippets.length, 9))

  for (const name of snippets) {
    test(`load: ${name}`, () => {
      const { config, warnings } = load(readFileSync(join(fixtures, name), 'utf8'), keys)
      assert.deepEqual(warnings, [])
      assert.ok(Object.keys(config.providers).length > 0)
    })
  }

  test('mean what they say', () => {
    const tuned = load(readFileSync(join(fixtures, 'migration-performance-tuning.json'), 'utf8'), keys)
    const { network, concurrency, bufferSize } = tuned.config.providers['openai'] ?? assert.fail()
    assert.deepEqual(
      [
        network.requestTimeoutMs,
        network.maxRetries,
        network.retryBackoffInitialMs,
        network.retryBackoffMaxMs,
      ],
      [45_000, 3, 500, 5000],
    )
    assert.deepEqual([concurrency, bufferSize], [15, 100])
    const balanced = load(readFileSync(join(fixtures, 'openai-load-balancing.json'), 'utf8'), keys)
    assert.deepEqual(
      balanced.config.providers['openai']?.keys.map(({ value, models, weight }) => [
        value.reveal(),
        models,
        weight,
      ]),
      [
        ['k-1', ['gpt-4o-mini'], 0.7],
        ['k-2', ['gpt-4o-mini'], 0.3],
      ],
    )
  })
})

test('the example loads without a warning', () => {
  const text = readFileSync(join(import.meta.dirname, '../../config/config.example.json'), 'utf8')
  const { config, warnings } = load(text, keys)
  assert.deepEqual(warnings, [])
  assert.deepEqual(Object.keys(config.providers), ['openai', 'anthropic', 'my-vllm'])
})

describe('defaults', () => {
  test('fill what the file leaves out', () => {
    const { config } = load({ providers: { openai: {} } }, keys)
    const {
      id,
      keys: found,
      network,
      concurrency,
      bufferSize,
      custom,
    } = config.providers['openai'] ?? assert.fail()
    assert.deepEqual([id, concurrency, bufferSize, custom], ['openai', 1000, 5000, undefined])
    assert.deepEqual(
      found.map(({ name: _digest, ...key }) => ({ ...key, value: key.value.reveal() })),
      [{ value: 'k-openai', models: [], weight: 1 }],
    )
    assert.deepEqual(network, {
      baseUrl: undefined,
      extraHeaders: {},
      requestTimeoutMs: 600_000,
      connectTimeoutMs: 5000,
      firstByteTimeoutMs: undefined,
      streamIdleTimeoutMs: 60_000,
      streamTotalTimeoutMs: 3_600_000,
      maxRetries: 2,
      retryBackoffInitialMs: 500,
      retryBackoffMaxMs: 5000,
      caCertPem: undefined,
      insecureSkipVerify: false,
      proxyUrl: undefined,
    })
    assert.deepEqual(config.server, {
      maxRequestBodyBytes: 25 * 1024 * 1024,
      maxUploadBytes: 512 * 1024 * 1024,
      allowedOrigins: [],
      forwardHeaders: [],
      drainTimeoutMs: 25_000,
      tenantHeader: undefined,
      streamCommentsMs: undefined,
    })
    assert.deepEqual(config.queue, {
      redisUrl: undefined,
      providerRedis: {},
      keyPrefix: 'bifrost',
      maxWaitMs: 15_000,
      tenantShare: 1,
    })
    assert.deepEqual(config.routing, {
      strategy: 'weighted',
      rules: [],
      maxUpstreamCalls: 8,
      sessionHeader: 'x-bifrost-session-id',
      retrySafe: [],
      circuitBreaker: {
        enabled: true,
        errorThresholdPercentage: 50,
        volumeThreshold: 20,
        windowMs: 10_000,
        openMs: 5_000,
      },
      timeouts: [],
      rateLimits: [],
      prices: [],
      cache: { enabled: false, ttlMs: 300_000, maxEntryBytes: 1_048_576 },
    })
  })

  test('leave nothing that could be changed', () => {
    const { config } = load({ providers: { openai: {} } }, keys)
    const { keys: found } = config.providers['openai'] ?? assert.fail()
    assert.throws(() => Object.assign(config.server, { maxUploadBytes: 1 }), TypeError)
    assert.throws(() => Object.assign(found, { 0: undefined }), TypeError)
  })
})

describe('env.NAME', () => {
  test('works for every string', () => {
    const environment = {
      KEY: 'k',
      MODEL: 'gpt-4o',
      NAME: 'main',
      BASE: 'https://a.example/v1',
      HEADER: 'h',
      PREFIX: 'p',
      TARGET: 'openai/gpt-4o',
    }
    const { config } = load(
      {
        providers: {
          openai: {
            keys: [{ value: 'env.KEY', models: ['env.MODEL'], name: 'env.NAME' }],
            network_config: { base_url: 'env.BASE', extra_headers: { 'x-a': 'env.HEADER' } },
          },
        },
        model_aliases: { a: 'env.TARGET' },
        queue: { key_prefix: 'env.PREFIX' },
      },
      environment,
    )
    const {
      keys: [key],
      network,
    } = config.providers['openai'] ?? assert.fail()
    assert.deepEqual([key?.value.reveal(), key?.models, key?.name], ['k', ['gpt-4o'], 'main'])
    assert.deepEqual(
      [network.baseUrl, network.extraHeaders, config.queue.keyPrefix],
      ['https://a.example', { 'x-a': 'h' }, 'p'],
    )
    assert.deepEqual(config.modelAliases, { a: [{ model: 'openai/gpt-4o', weight: 1 }] })
  })

  for (const [state, environment] of [
    ['not set', {}],
    ['empty', { MISSING: '' }],
  ] as const) {
    test(`names path and variable when it is ${state}`, () => {
      const [problem, ...others] = problemsOf(
        { providers: { openai: { keys: [{ value: 'env.MISSING' }] } } },
        environment,
      )
      assert.equal(problem?.path, 'providers.openai.keys[0].value')
      assert.match(problem?.message ?? '', new RegExp(`MISSING, which is ${state}; set MISSING`))
      assert.deepEqual(others, [])
    })
  }

  test('is not asked for where nothing is done with it', () => {
    const { warnings } = load({ providers: { openai: {} }, encryption_key: 'env.MISSING' }, keys)
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ['encryption_key'],
    )
  })

  test('is not guessed at', () => {
    assert.match(
      problemsOf({ providers: { openai: { keys: [{ value: 'env.MY-KEY' }] } } })[0]?.message ?? '',
      /not the name of a variable/,
    )
  })
})

describe('finding the file', () => {
  const read = (files: Readonly<Record<string, string>>, config?: string) =>
    loadConfig({
      flags: { config },
      environment: keys,
      readFile: (path) => files[path],
      spokenWires: ['openai-chat'],
    })
  const empty = '{"providers":{"openai":{}}}'

  test('looks in four places, in order', () => {
    const all = {
      'mine.json': empty,
      './config.json': empty,
      '/app/config/config.json': empty,
      '/app/data/config.json': empty,
    }
    assert.deepEqual(read(all, 'mine.json').source, { kind: 'file', path: 'mine.json' })
    assert.deepEqual(read(all).source, { kind: 'file', path: './config.json' })
    const { './config.json': _1, ...mounted } = all
    assert.deepEqual(read(mounted).source, { kind: 'file', path: '/app/config/config.json' })
    assert.deepEqual(read({ '/app/data/config.json': empty }).source, {
      kind: 'file',
      path: '/app/data/config.json',
    })
  })

  test('says that the file of -config does not exist', () => {
    assert.match(
      errorOf(() => read({ './config.json': empty }, 'mine.json')).message,
      /-config: names the file "mine.json", which does not exist/,
    )
  })

  test('says that a directory stands in its place', () => {
    const error = errorOf(() =>
      loadConfig({
        flags: { config: fixtures },
        environment: keys,
        readFile: readConfigFile,
        spokenWires: [],
      }),
    )
    assert.match(error.message, /is a directory \(a container engine makes one/)
  })

  test('reads a real file', () => {
    const path = join(fixtures, 'openai-timeout-errors.json')
    const { config } = loadConfig({
      flags: { config: path },
      environment: keys,
      readFile: readConfigFile,
      spokenWires: ['openai-chat'],
    })
    assert.equal(config.providers['openai']?.network.requestTimeoutMs, 60_000)
    assert.equal(readConfigFile(`${path}.missing`), undefined)
  })
})

describe('without a file', () => {
  const read = (environment: Readonly<Record<string, string>>) =>
    loadConfig({
      flags: { config: undefined },
      environment,
      readFile: () => undefined,
      spokenWires: ['openai-chat', 'anthropic-messages'],
    })

  test('every vendor whose variable is set is a provider', () => {
    const variables = [...registered.values()].flatMap((facts) => facts.environmentVariable ?? [])
    const beside = { AZURE_OPENAI_ENDPOINT: 'https://mine.openai.azure.com', AWS_REGION: 'us-east-1' }
    const named = Object.fromEntries(variables.map((name) => [name, `value-of-${name}`]))
    const { config, source } = read({ ...named, ...beside })
    assert.deepEqual(source, { kind: 'environment' })
    for (const facts of registered.values()) {
      const found = config.providers[facts.id]?.keys[0]?.value.reveal()
      assert.equal(found, facts.environmentVariable && `value-of-${facts.environmentVariable}`)
    }
  })

  test('an empty variable counts as not set', () => {
    const { config, warnings } = read({ OPENAI_API_KEY: '', ANTHROPIC_API_KEY: 'k' })
    assert.deepEqual(Object.keys(config.providers), ['anthropic'])
    assert.deepEqual(warnings, [])
  })

  test('an empty list of providers means the same as none', () => {
    const file = { providers: {}, model_aliases: { a: 'openai/gpt-4o' } }
    const { config } = load(file, { OPENAI_API_KEY: 'k' })
    assert.deepEqual(Object.keys(config.providers), ['openai'])
    assert.equal(config.providers['openai']?.keys[0]?.value.reveal(), 'k')
    assert.deepEqual(Object.keys(config.modelAliases), ['a'])
    const misspelt = { ...file, model_aliases: { a: 'opnai/gpt-4o' } }
    assert.deepEqual(
      problemsOf(misspelt, { OPENAI_API_KEY: 'k' }).map(({ path }) => path),
      ['model_aliases.a'],
    )
    const [none] = problemsOf({ providers: {} })
    assert.match(none?.message ?? '', /none is configured; set OPENAI_API_KEY/)
  })

  test('a broken provider does not make room for those of the environment', () => {
    const paths = problemsOf({ providers: { groq: 3 } }, { OPENAI_API_KEY: 'two words' }).map(
      ({ path }) => path,
    )
    assert.deepEqual(paths, ['providers.groq'])
  })

  test('none at all says what to set', () => {
    const { message } = errorOf(() => read({ OPENAI_API_KEY: '', PATH: '/bin' }))
    for (const word of [
      'OPENAI_API_KEY',
      'ANTHROPIC_API_KEY',
      'GEMINI_API_KEY',
      '-config',
      '/app/config/config.json',
    ]) {
      assert.ok(message.includes(word), `${word} is missing in: ${message}`)
    }
  })

  test('a vendor that this build does not speak warns and does not stop the start', () => {
    const { config, warnings } = read({ GEMINI_API_KEY: 'k' })
    assert.deepEqual(Object.keys(config.providers), ['gemini'])
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ['providers.gemini'],
    )
    assert.match(warnings[0]?.message ?? '', /501 not_implemented/)
  })
})

describe('Redis', () => {
  const file = (url?: string) => ({ providers: { openai: {} }, ...(url && { queue: { redis_url: url } }) })

  test('comes from the file or the environment, which wins', () => {
    assert.equal(load(file('redis://file:6379'), keys).config.queue.redisUrl, 'redis://file:6379')
    const both = load(file('redis://file:6379'), { ...keys, REDIS_URL: 'rediss://environment:6379' })
    assert.equal(both.config.queue.redisUrl, 'rediss://environment:6379')
    assert.deepEqual(
      both.warnings.map(({ path }) => path),
      ['queue.redis_url'],
    )
    assert.equal(load(file(), { ...keys, REDIS_URL: '' }).config.queue.redisUrl, undefined)
  })

  test('must be a URL of Redis', () => {
    assert.deepEqual(
      problemsOf(file('localhost:6379'), keys).map(({ path }) => path),
      ['queue.redis_url'],
    )
    assert.deepEqual(
      problemsOf(file(), { ...keys, REDIS_URL: 'http://x' }).map(({ path }) => path),
      ['REDIS_URL'],
    )
  })
})
