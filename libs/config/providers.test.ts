import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { load, problemsOf } from './helpers.suite.ts'
import { checkBaseUrl, checkOrigin } from './url.ts'

const providerOf = (entry: object, environment = {}, id = 'openai') =>
  load({ providers: { [id]: { keys: [{ value: 'k' }], ...entry } } }, environment).config.providers[id] ??
  assert.fail()

describe('base_url', () => {
  const table: readonly (readonly [string, string])[] = [
    ['https://api.openai.com', 'https://api.openai.com'],
    ['https://api.openai.com/', 'https://api.openai.com'],
    ['https://api.openai.com/v1', 'https://api.openai.com'],
    ['https://api.openai.com/v1//', 'https://api.openai.com'],
    ['https://generativelanguage.googleapis.com/v1beta', 'https://generativelanguage.googleapis.com'],
    ['https://api.groq.com/openai/v1', 'https://api.groq.com/openai'],
    ['https://a.example/v1/proxy', 'https://a.example/v1/proxy'],
    ['https://a.example/api/v10', 'https://a.example/api/v10'],
    ['HTTP://A.example:8080/v1', 'http://a.example:8080'],
    ['http://[::1]:9000', 'http://[::1]:9000'],
  ]
  for (const [written, expected] of table) {
    test(written, () => assert.deepEqual(checkBaseUrl(written), { ok: true, value: expected }))
  }
})

test('origins are compared as browsers write them', () => {
  const values = ['*', 'https://A.example', 'http://localhost:3000/', 'app://x'].map(checkOrigin)
  assert.deepEqual(
    values.map((checked) => checked.ok && checked.value),
    ['*', 'https://a.example', 'http://localhost:3000', 'app://x'],
  )
  assert.deepEqual(
    ['a.example', 'https://a.example/x', 'https://*', ''].map((text) => checkOrigin(text).ok),
    [false, false, true, false],
  )
})

describe('network_config', () => {
  test('takes both spellings of the backoff', () => {
    for (const unit of ['', '_ms']) {
      const { network } = providerOf({
        network_config: { [`retry_backoff_initial${unit}`]: 7, [`retry_backoff_max${unit}`]: 70 },
      })
      assert.deepEqual([network.retryBackoffInitialMs, network.retryBackoffMaxMs], [7, 70])
    }
  })

  test('lets the default of the other backoff give way', () => {
    const long = providerOf({ network_config: { retry_backoff_initial_ms: 9000 } }).network
    assert.deepEqual([long.retryBackoffInitialMs, long.retryBackoffMaxMs], [9000, 9000])
    const short = providerOf({ network_config: { retry_backoff_max_ms: 100 } }).network
    assert.deepEqual([short.retryBackoffInitialMs, short.retryBackoffMaxMs], [100, 100])
  })

  test('reads everything else', () => {
    const pem = readFileSync(join(import.meta.dirname, 'fixtures/ca.pem'), 'utf8')
    const { network } = providerOf({
      network_config: {
        extra_headers: { 'X-Team': 'a b' },
        default_request_timeout_in_seconds: 0.25,
        stream_idle_timeout_in_seconds: 1,
        stream_total_timeout_in_seconds: 2,
        max_retries: 0,
        ca_cert_pem: pem,
        insecure_skip_verify: true,
      },
    })
    assert.deepEqual(
      [
        network.extraHeaders,
        network.requestTimeoutMs,
        network.streamIdleTimeoutMs,
        network.streamTotalTimeoutMs,
      ],
      [{ 'x-team': 'a b' }, 250, 1000, 2000],
    )
    assert.deepEqual([network.maxRetries, network.caCertPem, network.insecureSkipVerify], [0, pem, true])
  })
})

describe('keys', () => {
  const keyless = { network_config: { base_url: 'http://gpu:8000' } }

  test('an empty list means the variable of the vendor', () => {
    assert.equal(providerOf({ keys: [] }, { OPENAI_API_KEY: 'from-env' }).keys[0]?.value.reveal(), 'from-env')
  })

  test('are not needed by servers of your own', () => {
    assert.deepEqual(providerOf({ ...keyless, keys: [] }, {}, 'vllm').keys, [])
    const [key] = providerOf({ ...keyless, keys: [{ models: ['llama'] }] }, {}, 'ollama').keys
    assert.deepEqual([key?.value.reveal(), key?.models], ['', ['llama']])
  })

  test('are not sent to a provider without keys', () => {
    const custom_provider_config = { base_provider_type: 'openai', is_key_less: true }
    const file = {
      providers: { mine: { ...keyless, custom_provider_config, keys: [{ value: 'k', models: ['m'] }] } },
    }
    const { config, warnings } = load(file)
    assert.deepEqual(config.providers['mine']?.custom, { baseProviderType: 'openai', isKeyLess: true })
    assert.equal(config.providers['mine']?.keys[0]?.value.reveal(), '')
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ['providers.mine.keys[0].value'],
    )
  })

  test('that are only their value are told what would be right', () => {
    const secret = 'sk-abcdef0123456789'
    const told = (id: string, keys: unknown) =>
      problemsOf({ providers: { [id]: { keys } } }).map(({ path, message }) => `${path} ${message}`)
    assert.deepEqual(told('anthropic', [secret]), [
      'providers.anthropic.keys[0] must be an object, for example {"value": "env.ANTHROPIC_API_KEY"}; it is a string.',
    ])
    assert.deepEqual(told('my-one', secret), [
      'providers.my-one.keys must be an array, for example [{"value": "env.MY_ONE_API_KEY"}]; it is a string.',
    ])
    assert.doesNotMatch(told(secret, [secret]).join(), /abcdef/i)
  })

  test('of a custom provider never come from the variable of its base', () => {
    const file = {
      providers: { mine: { ...keyless, custom_provider_config: { base_provider_type: 'openai' } } },
    }
    assert.throws(() => load(file, { OPENAI_API_KEY: 'k' }), /providers\.mine\.keys: is missing/)
  })
})

describe('proxy', () => {
  const proxyOf = (entry: object, environment = {}) =>
    providerOf(entry, environment).network.proxyUrl?.reveal()
  const env = (type?: string) => (type === undefined ? {} : { proxy_config: { type } })
  const at = (base_url: string) => ({ network_config: { base_url } })

  test('comes from the file, with its credential', () => {
    const proxy_config = { type: 'http', url: 'http://proxy:3128', username: 'u@x', password: 'p:/?' }
    assert.equal(proxyOf({ proxy_config }), 'http://u%40x:p%3A%2F%3F@proxy:3128')
    assert.equal(
      proxyOf({ proxy_config: { url: 'http://proxy:3128/' } }, { HTTPS_PROXY: 'http://other' }),
      'http://proxy:3128',
    )
  })

  test('comes from the environment by the scheme of the address', () => {
    const environment = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'http://plain:2' }
    assert.equal(proxyOf({}, environment), 'http://secure:1')
    assert.equal(proxyOf(env('environment'), environment), 'http://secure:1')
    assert.equal(proxyOf(env('none'), environment), undefined)
    assert.equal(proxyOf(at('http://a.example'), environment), 'http://plain:2')
    assert.equal(proxyOf({}, { https_proxy: 'lower:1', HTTPS_PROXY: 'http://upper' }), 'http://lower:1')
    assert.equal(proxyOf({}, { HTTPS_PROXY: '' }), undefined)
    assert.throws(() => proxyOf({}, { HTTPS_PROXY: 'socks5://a:1' }), /HTTPS_PROXY: must be/)
  })

  const excluded: readonly (readonly [string, string, boolean])[] = [
    ['https://api.openai.com', 'api.openai.com', true],
    ['https://api.openai.com', '.openai.com', true],
    ['https://api.openai.com', 'openai.com', true],
    ['https://api.openai.com', '*.openai.com', true],
    ['https://api.openai.com', 'penai.com', false],
    ['https://api.openai.com', 'other.com, *', true],
    ['https://api.openai.com', 'api.openai.com:443', true],
    ['https://api.openai.com', 'api.openai.com:8443', false],
    ['https://10.1.2.3', '10.0.0.0/8', true],
    ['https://11.1.2.3', '10.0.0.0/8', false],
    ['https://10.1.2.3', '10.1.2.3', true],
    ['https://[fd00::1]', 'fd00::/8', true],
    ['https://localhost:9', '', true],
    ['https://127.0.0.1:9', '', true],
    ['https://[::1]:9', '', true],
  ]
  for (const [address, noProxy, direct] of excluded) {
    test(`NO_PROXY="${noProxy}" ${direct ? 'keeps' : 'does not keep'} ${address} off it`, () => {
      const found = proxyOf(at(address), { HTTPS_PROXY: 'http://proxy:1', NO_PROXY: noProxy })
      assert.equal(found, direct ? undefined : 'http://proxy:1')
    })
  }
})
