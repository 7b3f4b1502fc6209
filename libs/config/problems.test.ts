import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { errorOf, load, problemsOf } from './helpers.suite.ts'
import { ConfigError } from './index.ts'
import { type SchemaNode, schemaAt } from './schema-walk.ts'

const keys = { OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'k' }
const openai = (entry: object) => ({ providers: { openai: { keys: [{ value: 'k' }], ...entry } } })
const network = (entry: object) => openai({ network_config: entry })
const withOpenai = (rest: object) => ({ providers: { openai: { keys: [{ value: 'k' }] } }, ...rest })

/** What is wrong, where it is said to be, and what the message must say. */
const table: readonly (readonly [string, string | object, string, RegExp])[] = [
  ['broken JSON', '{\n  "providers": {,}\n}', 'line 2, column 17', /not JSON here/],
  ['an empty file', '', 'line 1, column 1', /not JSON here: value expected/],
  ['an array', '[]', 'the file', /must be an object; it is an empty array/],
  [
    'a member twice',
    '{"server":{},"providers":{"ollama":{"network_config":{"base_url":"http://a","base_url":"http://b"}}}}',
    'providers.ollama.network_config.base_url',
    /given twice/,
  ],
  ['a misspelt top-level member', withOpenai({ provider: {} }), 'provider', /did you mean "providers"\?/],
  [
    'camelCase',
    openai({ networkConfig: {} }),
    'providers.openai.networkConfig',
    /did you mean "network_config"\?/,
  ],
  ['an unknown member like no other', withOpenai({ xyzzy: 1 }), 'xyzzy', /known are .*providers, .*server/],
  [
    'an unknown member of a key',
    openai({ keys: [{ value: 'k', wieght: 1 }] }),
    'providers.openai.keys[0].wieght',
    /"weight"/,
  ],
  [
    'an unknown provider',
    { providers: { opnai: {} } },
    'providers.opnai',
    /custom_provider_config.*did you mean "openai"\?/,
  ],
  [
    'an id that cannot be one',
    { providers: { 'Open AI/x': {} } },
    'providers["Open AI/x"]',
    /not a provider id/,
  ],
  [
    'a key of a wrong type',
    openai({ keys: [{ value: 12345678 }] }),
    'providers.openai.keys[0].value',
    /must be a string; it is a number/,
  ],
  [
    'an empty key',
    openai({ keys: [{ value: ' ' }] }),
    'providers.openai.keys[0].value',
    /is empty; .*env\.OPENAI_API_KEY/,
  ],
  [
    'a missing key',
    openai({ keys: [{}] }),
    'providers.openai.keys[0].value',
    /is missing; .*env\.OPENAI_API_KEY/,
  ],
  [
    'a key over two lines',
    openai({ keys: [{ value: 'a\nb' }] }),
    'providers.openai.keys[0].value',
    /line break/,
  ],
  [
    'no key and no variable',
    { providers: { groq: {} } },
    'providers.groq.keys',
    /set the environment variable GROQ_API_KEY, or write "keys"/,
  ],
  [
    'a negative weight',
    openai({ keys: [{ value: 'k', weight: -1 }] }),
    'providers.openai.keys[0].weight',
    /must be >= 0; it is -1/,
  ],
  [
    'a name twice',
    openai({ keys: [{ value: 'a', name: 'blue' }, { value: 'b' }, { value: 'c', name: 'blue' }] }),
    'providers.openai.keys[2].name',
    /keys\[0\] too/,
  ],
  [
    'concurrency 0',
    openai({ concurrency_and_buffer_size: { concurrency: 0 } }),
    'providers.openai.concurrency_and_buffer_size.concurrency',
    />= 1/,
  ],
  ['half a retry', network({ max_retries: 1.5 }), 'providers.openai.network_config.max_retries', /integer/],
  [
    'a timeout of 0',
    network({ default_request_timeout_in_seconds: 0 }),
    'providers.openai.network_config.default_request_timeout_in_seconds',
    /> 0/,
  ],
  [
    'an address without scheme',
    network({ base_url: 'api.example.com' }),
    'providers.openai.network_config.base_url',
    /http:\/\/ or https:\/\//,
  ],
  [
    'a credential in the address',
    network({ base_url: 'https://u:p@a.example' }),
    'providers.openai.network_config.base_url',
    /keys\[\]\.value/,
  ],
  [
    'a query in the address',
    network({ base_url: 'https://a.example?x=1' }),
    'providers.openai.network_config.base_url',
    /without "\?"/,
  ],
  [
    'a header that frames',
    network({ extra_headers: { Host: 'a' } }),
    'providers.openai.network_config.extra_headers.Host',
    /written by the transport/,
  ],
  [
    'a header with a line break',
    network({ extra_headers: { a: 'b\r\nc: d' } }),
    'providers.openai.network_config.extra_headers.a',
    /line break/,
  ],
  [
    'a header in two cases',
    network({ extra_headers: { 'x-a': '1', 'X-A': '2' } }),
    'providers.openai.network_config.extra_headers.X-A',
    /given twice/,
  ],
  [
    'spellings at odds',
    network({ retry_backoff_max: 1, retry_backoff_max_ms: 2 }),
    'providers.openai.network_config.retry_backoff_max',
    /same setting/,
  ],
  [
    'a longest wait below the first',
    network({ retry_backoff_initial_ms: 9, retry_backoff_max_ms: 2 }),
    'providers.openai.network_config.retry_backoff_max_ms',
    /cannot be shorter/,
  ],
  [
    'a certificate that is a path',
    network({ ca_cert_pem: '/etc/ca.pem' }),
    'providers.openai.network_config.ca_cert_pem',
    /PEM text itself/,
  ],
  [
    'no address where there must be one',
    { providers: { ollama: {} } },
    'providers.ollama.network_config.base_url',
    /write its address/,
  ],
  [
    'a SOCKS proxy',
    openai({ proxy_config: { type: 'socks5', url: 'socks5://a' } }),
    'providers.openai.proxy_config.type',
    /SOCKS is not spoken/,
  ],
  [
    'a proxy without address',
    openai({ proxy_config: { type: 'http' } }),
    'providers.openai.proxy_config.url',
    /is missing/,
  ],
  [
    'a proxy of no kind',
    openai({ proxy_config: { type: 'x' } }),
    'providers.openai.proxy_config.type',
    /"none", "http", "socks5", "environment"/,
  ],
  [
    'a custom provider without base',
    { providers: { mine: { custom_provider_config: {} } } },
    'providers.mine.custom_provider_config.base_provider_type',
    /is missing; .*openai/,
  ],
  [
    'a custom provider of an unknown base',
    { providers: { mine: { custom_provider_config: { base_provider_type: 'x' } } } },
    'providers.mine.custom_provider_config.base_provider_type',
    /not a known provider/,
  ],
  [
    'a custom provider with a vendor’s id',
    openai({ custom_provider_config: { base_provider_type: 'openai' } }),
    'providers.openai.custom_provider_config',
    /known vendor/,
  ],
  [
    'a custom provider without key',
    { providers: { mine: { custom_provider_config: { base_provider_type: 'openai' } } } },
    'providers.mine.keys',
    /env\.MINE_API_KEY.*is_key_less/,
  ],
  [
    'an alias to nowhere',
    withOpenai({ model_aliases: { a: 'opnai/x' } }),
    'model_aliases.a',
    /not configured; did you mean "openai"\?/,
  ],
  [
    'an alias without provider',
    withOpenai({ model_aliases: { a: [{ model: 'x' }] } }),
    'model_aliases.a[0].model',
    /provider and model/,
  ],
  [
    'an alias of a wrong type',
    withOpenai({ model_aliases: { a: 3 } }),
    'model_aliases.a',
    /a string, or a list/,
  ],
  [
    'an alias with a misspelt member',
    withOpenai({ model_aliases: { a: [{ model: 'openai/x', wieght: 1 }] } }),
    'model_aliases.a[0].wieght',
    /"weight"/,
  ],
  [
    'an alias that no key admits',
    { ...openai({ keys: [{ value: 'k', models: ['a'] }] }), model_aliases: { a: 'openai/b' } },
    'model_aliases.a',
    /no key of openai admits/,
  ],
  [
    'a fallback to nowhere',
    withOpenai({ fallbacks: { '*': ['x/y'] } }),
    'fallbacks["*"][0]',
    /not configured/,
  ],
  [
    'direct keys',
    withOpenai({ server: { allow_direct_keys: true } }),
    'server.allow_direct_keys',
    /until jobs are encrypted/,
  ],
  [
    'an origin with a path',
    withOpenai({ server: { allowed_origins: ['https://a.example/x'] } }),
    'server.allowed_origins[0]',
    /without a path/,
  ],
  [
    'a forwarded credential',
    withOpenai({ server: { forward_headers: ['Authorization'] } }),
    'server.forward_headers[0]',
    /never sent upstream/,
  ],
  [
    'a prefix that Redis Cluster would read',
    withOpenai({ queue: { key_prefix: '{a}' } }),
    'queue.key_prefix',
    /must match/,
  ],
]

describe('a wrong config', () => {
  for (const [what, file, path, message] of table) {
    test(what, () => {
      const problems = problemsOf(file)
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      )
      assert.match(problems[0]?.message ?? '', message)
    })
  }

  test('is told whole: every problem at once', () => {
    const problems = problemsOf({
      providers: {
        openai: { keys: [{ value: 1 }] },
        anthropic: {},
        groq: { network_confg: {}, keys: [{ value: 'env.X' }] },
      },
      server: { allow_direct_keys: true },
      qeue: {},
    })
    assert.deepEqual(problems.map(({ path }) => path).toSorted(), [
      'providers.anthropic.keys',
      'providers.groq.keys[0].value',
      'providers.groq.network_confg',
      'providers.openai.keys[0].value',
      'qeue',
      'server.allow_direct_keys',
    ])
  })

  test('names the file and counts', () => {
    const { message } = errorOf(() => load({ providers: { groq: {} } }))
    assert.match(
      message,
      /^The configuration file \.\/config\.json has 1 problem:\n {2}providers\.groq\.keys: /,
    )
  })

  test('more than eight problems are all told', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`p${index}`, { keys: 1 }]))
    assert.equal(problemsOf({ providers: many }).length, 30)
  })
})

describe('secrets', () => {
  const secret = 'sk-planted-0123456789abcdefghij'
  const places: readonly (readonly [string, string | object])[] = [
    ['as a key beside other mistakes', openai({ keys: [{ value: secret, weight: 'x', nmae: 'a' }] })],
    ['as a key that no header can carry', openai({ keys: [{ value: `${secret}\n${secret}` }] })],
    ['as the list of keys', openai({ keys: secret })],
    ['as one of the keys', openai({ keys: [secret] })],
    ['as a provider', { providers: { openai: secret } }],
    ['as the name of a member', openai({ [secret]: true })],
    ['as the id of a provider', { providers: { [secret]: {} } }],
    ['as a weight', openai({ keys: [{ value: 'k', weight: secret }] })],
    ['as an address', network({ base_url: secret })],
    ['inside an address', network({ base_url: `https://x:${secret}@a.example` })],
    ['as a header of a wrong type', network({ extra_headers: { authorization: [secret] } })],
    ['as a header that no header can be', network({ extra_headers: { authorization: `${secret}\n` } })],
    ['as a proxy', openai({ proxy_config: { type: secret, url: secret, password: secret } })],
    ['inside a proxy', openai({ proxy_config: { url: `ftp://u:${secret}@a` } })],
    ['as Redis', withOpenai({ queue: { redis_url: secret, key_prefix: `{${secret}}` } })],
    ['as an alias', withOpenai({ model_aliases: { a: secret, b: [secret], c: `${secret}/x` } })],
    ['as an origin', withOpenai({ server: { allowed_origins: [secret], forward_headers: [`${secret} x`] } })],
    ['as a variable', openai({ keys: [{ value: `env.${secret}` }] })],
    ['in broken JSON', `{"providers":{"openai":{"keys":[{"value":"${secret}" "x"}]}}}`],
    ['as the file', JSON.stringify(secret)],
  ]

  for (const [where, file] of places) {
    test(`are not shown ${where}`, () => {
      const error = errorOf(() => load(file, keys))
      const shown = `${error.message}\n${error.stack}\n${JSON.stringify(error.problems)}`
      assert.ok(!shown.includes(secret), shown)
    })
  }

  test('are not shown by what was loaded', () => {
    const loaded = load(
      openai({
        keys: [{ value: secret }],
        proxy_config: { url: 'http://p:1', username: 'u', password: secret },
      }),
    )
    assert.ok(!JSON.stringify(loaded).includes(secret))
  })
})

/** Values that are shaped like the schema down to some depth, and like anything below. */
function nearMisses(schema: SchemaNode, depth: number): fc.Arbitrary<unknown> {
  const any = fc.jsonValue({ maxDepth: 2 })
  if (depth === 0) return any
  const members = {
    ...schema.properties,
    ...Object.fromEntries(Object.values(schema.patternProperties ?? {}).map((value) => ['openai', value])),
  }
  const entries = Object.entries(members).map(
    ([name, member]) => [name, nearMisses(member, depth - 1)] as const,
  )
  const object = fc.record(Object.fromEntries(entries), { requiredKeys: [] })
  const list =
    schema.items === undefined ? any : fc.array(nearMisses(schema.items, depth - 1), { maxLength: 3 })
  return fc.oneof(
    { weight: 1, arbitrary: any },
    { weight: 6, arbitrary: schema.items === undefined ? object : list },
  )
}

test('no file makes loading throw anything but a ConfigError', () => {
  fc.assert(
    fc.property(nearMisses(schemaAt([]) ?? assert.fail(), 5), (file) => {
      try {
        load(JSON.stringify(file), keys)
      } catch (error) {
        assert.ok(error instanceof ConfigError, String(error))
        assert.ok(error.problems.length > 0)
      }
    }),
    { numRuns: 1000 },
  )
})
