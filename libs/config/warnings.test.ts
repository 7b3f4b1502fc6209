import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { registered } from '#providers/catalogue'
import { load } from './helpers.suite.ts'

const keys = { OPENAI_API_KEY: 'k' }
const pathsOf = (file: object, environment = keys) => load(file, environment).warnings.map(({ path }) => path)

describe('accepted but not acted on', () => {
  const table: readonly (readonly [object, readonly string[]])[] = [
    [
      { client: { drop_excess_requests: true, allowed_origins: ['*'] } },
      ['client.drop_excess_requests', 'client.allowed_origins'],
    ],
    [
      { governance: { budgets: [], rate_limits: [] }, plugins: [], config_store: {} },
      ['governance', 'plugins', 'config_store'],
    ],
    [
      { mcp: { client_configs: [{ name: 'files' }], tool_sync_interval: 1 } },
      ['mcp.client_configs', 'mcp.tool_sync_interval'],
    ],
    [{ auth_config: { is_enabled: true, admin_username: 'a', admin_password: 'b' } }, ['auth_config']],
    [
      {
        $schema: '../docs/config.schema.json',
        server: {},
        queue: {},
        model_aliases: {},
        routing: {},
        fallbacks: {},
      },
      [],
    ],
  ]
  for (const [rest, expected] of table) {
    test(Object.keys(rest).join(', '), () => {
      assert.deepEqual(pathsOf({ providers: { openai: {} }, ...rest }), expected)
    })
  }

  test('members of providers and keys', () => {
    const openai = {
      keys: [{ value: 'k', use_for_batch_api: true, azure_key_config: { endpoint: 'env.MISSING' } }],
      network_config: { max_conns_per_host: 1, beta_header_overrides: {} },
      send_back_raw_response: true,
      pricing_overrides: [],
    }
    assert.deepEqual(pathsOf({ providers: { openai } }).toSorted(), [
      'providers.openai.keys[0].azure_key_config',
      'providers.openai.keys[0].use_for_batch_api',
      'providers.openai.network_config.beta_header_overrides',
      'providers.openai.network_config.max_conns_per_host',
      'providers.openai.pricing_overrides',
      'providers.openai.send_back_raw_response',
    ])
  })

  test('the configured fallbacks are kept in file order', () => {
    const fallbacks = { 'gpt-*': ['openai/b'], '*': ['openai/a'] }
    assert.deepEqual(load({ providers: { openai: {} }, fallbacks }, keys).config.fallbacks, [
      { pattern: 'gpt-*', targets: ['openai/b'] },
      { pattern: '*', targets: ['openai/a'] },
    ])
  })
})

describe('providers that this build does not speak', () => {
  const spoken = new Set(['openai-chat', 'anthropic-messages'])

  for (const facts of registered.values()) {
    const isSpoken = facts.operations.chat?.some(({ wire }) => spoken.has(wire)) ?? false
    test(`${facts.id} is accepted${isSpoken ? '' : ' with one warning'}`, () => {
      const entry = {
        keys: [{ ...(facts.identity !== 'google' && { value: 'k' }) }],
        ...(facts.baseUrl === undefined && { network_config: { base_url: 'http://a.example' } }),
      }
      const environment = { GOOGLE_CLOUD_PROJECT: 'my-project', AWS_REGION: 'us-east-1' }
      const { config, warnings } = load({ providers: { [facts.id]: entry } }, environment)
      assert.deepEqual(Object.keys(config.providers), [facts.id])
      assert.deepEqual(
        warnings.map(({ path }) => path),
        isSpoken ? [] : [`providers.${facts.id}`],
      )
    })
  }

  test('need no credential that we could check', () => {
    const keys = [{ value: 'a key', bedrock_key_config: { role_arn: 'env.MISSING' } }]
    assert.deepEqual(pathsOf({ providers: { bedrock: {} } }), ['providers.bedrock'])
    assert.deepEqual(pathsOf({ providers: { bedrock: { keys } } }), ['providers.bedrock'])
  })
})
