import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LoadedConfig } from './index.ts'
import { loadConfig } from './load.ts'
import { ConfigError } from './problems.ts'

/** As if this build spoke every wire that a provider has. */
const spokenWires = ['openai-chat', 'anthropic-messages', 'gemini-generate', 'bedrock-converse'] as const

function load(id: string, entry: object | undefined, environment: object = {}): LoadedConfig {
  return loadConfig({
    flags: { config: undefined },
    environment: environment as Record<string, string>,
    readFile: (path) =>
      path === './config.json' && entry !== undefined
        ? JSON.stringify({ providers: { [id]: entry } })
        : undefined,
    spokenWires,
  })
}

function secretsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  if ('reveal' in value && typeof value.reveal === 'function') return [String(value.reveal())]
  return Object.values(value).flatMap(secretsOf)
}

const pathsOf = (id: string, entry: object, environment: object = {}) => {
  try {
    load(id, entry, environment)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    return error.problems.map(({ path }) => path)
  }
  return assert.fail('no problem was found')
}
const warnedOf = (id: string, entry: object, environment: object = {}) =>
  load(id, entry, environment).warnings.map(({ path }) => path)

describe('azure_key_config', () => {
  const endpoint = 'https://mine.openai.azure.com/'

  test('gives a key its resource, version and deployments', () => {
    const azure_key_config = {
      endpoint: 'env.ENDPOINT',
      api_version: '2025-01-01-preview',
      deployments: { 'gpt-4o': 'four-o' },
    }
    const keys = [
      { value: 'k', azure_key_config, aliases: { o3: { model_id: 'reasoner', model_family: 'openai' } } },
    ]
    const { config } = load('azure', { keys }, { ENDPOINT: endpoint })
    const [key] = config.providers['azure']?.keys ?? []
    assert.equal(key?.url, 'https://mine.openai.azure.com')
    assert.deepEqual(key?.place, { apiVersion: '2025-01-01-preview' })
    assert.deepEqual(key?.aliases, { 'gpt-4o': 'four-o', o3: 'reasoner' })
    assert.equal(key?.identity, undefined)
  })

  test('lets an Entra application sign, and says that the value does not', () => {
    const client = { client_id: 'c', client_secret: 'env.SECRET', tenant_id: 't' }
    const entry = { keys: [{ value: 'k', azure_key_config: { endpoint, ...client, scopes: ['s'] } }] }
    const { config, warnings } = load('azure', entry, { SECRET: 'hidden' })
    const [key] = config.providers['azure']?.keys ?? []
    assert.equal(key?.value.reveal(), '')
    assert.deepEqual(secretsOf(key?.identity), ['hidden'])
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ['providers.azure.keys[0].value'],
    )
    assert.ok(key?.identity?.type === 'entra')
    assert.deepEqual(
      [key.identity.client?.clientId, key.identity.client?.tenantId, key.identity.scopes],
      ['c', 't', ['s']],
    )
  })

  test('without a value is the machine that signs', () => {
    assert.deepEqual(
      load('azure', { keys: [{ azure_key_config: { endpoint } }] }).config.providers['azure']?.keys[0]
        ?.identity,
      {
        type: 'entra',
      },
    )
  })

  test('comes from the environment', () => {
    const environment = {
      AZURE_OPENAI_API_KEY: 'k',
      AZURE_OPENAI_ENDPOINT: endpoint,
      OPENAI_API_VERSION: 'v',
    }
    for (const entry of [{}, { keys: [{ value: 'k' }] }, undefined]) {
      const [key] = load('azure', entry, environment).config.providers['azure']?.keys ?? []
      assert.deepEqual(
        [key?.value.reveal(), key?.url, key?.place],
        ['k', 'https://mine.openai.azure.com', { apiVersion: 'v' }],
      )
    }
  })

  test('names what is wrong in it by path', () => {
    const at = 'providers.azure.keys[0].azure_key_config'
    const table: [object, string[]][] = [
      [{}, [`${at}.endpoint`]],
      [{ endpoint: 'mine.openai.azure.com' }, [`${at}.endpoint`]],
      [{ endpoint: 'env.NOWHERE' }, [`${at}.endpoint`]],
      [{ endpoint, client_id: 'c' }, [`${at}.client_secret`]],
      [{ endpoint, client_id: 'c', client_secret: 's' }, [`${at}.tenant_id`]],
      [{ endpoint, api_version: 3 }, [`${at}.api_version`]],
      [{ endpoint, deployment: {} }, [`${at}.deployment`]],
      [{ endpoint, deployments: { a: 1 } }, [`${at}.deployments.a`]],
    ]
    for (const [azure_key_config, expected] of table)
      assert.deepEqual(pathsOf('azure', { keys: [{ value: 'k', azure_key_config }] }), expected)
    assert.deepEqual(pathsOf('azure', { keys: [{ value: 'k' }] }, { AZURE_OPENAI_ENDPOINT: 'x' }), [
      'AZURE_OPENAI_ENDPOINT',
    ])
  })
})

describe('bedrock_key_config', () => {
  test('gives a key its region, credentials and role', () => {
    const bedrock_key_config = {
      region: 'eu-west-1',
      access_key: 'AKIA',
      secret_key: 'env.SECRET',
      session_token: 'tok',
      role_arn: 'arn:aws:iam::1:role/r',
      external_id: 'x',
      arn: 'arn:aws:bedrock:eu-west-1:1:inference-profile',
      deployments: { claude: 'eu.anthropic.claude', whole: 'arn:aws:bedrock:eu-west-1:1:custom/m' },
    }
    const [key] =
      load('bedrock', { keys: [{ bedrock_key_config }] }, { SECRET: 'hidden' }).config.providers['bedrock']
        ?.keys ?? []
    assert.ok(key?.identity?.type === 'aws')
    assert.deepEqual(secretsOf(key.identity.keys), ['hidden', 'tok'])
    assert.deepEqual(key.identity.role, { arn: 'arn:aws:iam::1:role/r', externalId: 'x' })
    assert.deepEqual(key.place, { region: 'eu-west-1' })
    assert.deepEqual(key.aliases, {
      claude: 'arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude',
      whole: 'arn:aws:bedrock:eu-west-1:1:custom/m',
    })
  })

  test('an API key is a value, no credentials at all are the default chain', () => {
    const bedrock_key_config = { region: 'us-east-1' }
    const entry = { keys: [{ value: 'k', bedrock_key_config }, { bedrock_key_config }] }
    const keys = load('bedrock', entry).config.providers['bedrock']?.keys ?? []
    assert.deepEqual(
      keys.map(({ value, identity, place }) => [value.reveal(), identity, place]),
      [
        ['k', undefined, { region: 'us-east-1' }],
        ['', { type: 'aws' }, { region: 'us-east-1' }],
      ],
    )
  })

  test('comes from the environment, whole or not at all', () => {
    const keyed = load('bedrock', undefined, { AWS_BEARER_TOKEN_BEDROCK: 'k', AWS_REGION: 'us-west-2' })
    assert.equal(keyed.config.providers['bedrock']?.keys[0]?.value.reveal(), 'k')
    const chain = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's' }
    const signed = load('bedrock', undefined, { ...chain, AWS_DEFAULT_REGION: 'us-west-2' })
    assert.deepEqual(signed.config.providers['bedrock']?.keys[0]?.identity, { type: 'aws' })
    const without = load('bedrock', undefined, { ...chain, OPENAI_API_KEY: 'k' })
    assert.deepEqual(Object.keys(without.config.providers), ['openai'])
    assert.deepEqual(
      without.warnings.map(({ path }) => path),
      ['AWS_ACCESS_KEY_ID'],
    )
  })

  test('a region is not asked for where neither host nor signature hang on one', () => {
    const network_config = { base_url: 'https://vpce-1.bedrock-runtime.us-east-1.vpce.amazonaws.com' }
    assert.deepEqual(warnedOf('bedrock', { keys: [{ value: 'k' }], network_config }), [])
    assert.deepEqual(pathsOf('bedrock', { keys: [{}], network_config }), [
      'providers.bedrock.keys[0].bedrock_key_config.region',
    ])
  })

  test('names what is wrong in it by path', () => {
    const at = 'providers.bedrock.keys[0].bedrock_key_config'
    const table: [object, string[]][] = [
      [{}, [`${at}.region`]],
      [{ region: 'us-east-1.evil.example/' }, [`${at}.region`]],
      [{ region: 'us-east-1', access_key: 'AKIA' }, [`${at}.secret_key`]],
      [{ region: 'us-east-1', secret_key: 's' }, [`${at}.access_key`]],
      [{ region: 'us-east-1', external_id: 'x' }, [`${at}.external_id`]],
    ]
    for (const [bedrock_key_config, expected] of table)
      assert.deepEqual(pathsOf('bedrock', { keys: [{ bedrock_key_config }] }), expected)
  })
})

describe('vertex_key_config', () => {
  const json = JSON.stringify({ type: 'service_account', client_email: 'a@b', private_key: 'secret-key' })

  test('gives a key its project, region and service account', () => {
    const vertex_key_config = { project_id: 'p', region: 'us-central1', auth_credentials: 'env.ACCOUNT' }
    const { config } = load('vertex', { keys: [{ value: '', vertex_key_config }] }, { ACCOUNT: json })
    const [key] = config.providers['vertex']?.keys ?? []
    assert.deepEqual(key?.place, { project: 'p', region: 'us-central1' })
    assert.deepEqual(secretsOf(key?.identity), [json])
  })

  test('takes the service account from the value, or what the machine has', () => {
    const vertex_key_config = { project_id: 'p', region: 'global' }
    const entry = {
      keys: [{ value: json, vertex_key_config }, { vertex_key_config }, { value: 'k', vertex_key_config }],
    }
    const { config, warnings } = load('vertex', entry)
    const [first, ...rest] = config.providers['vertex']?.keys ?? []
    assert.deepEqual(secretsOf(first?.identity), [json])
    for (const key of rest) assert.deepEqual(key.identity, { type: 'google' })
    assert.deepEqual(
      warnings.map(({ path }) => path),
      ['providers.vertex.keys[2].value'],
    )
  })

  test('comes from the environment', () => {
    const environment = {
      GOOGLE_APPLICATION_CREDENTIALS: '/a.json',
      GOOGLE_CLOUD_PROJECT: 'p',
      GOOGLE_CLOUD_LOCATION: 'eu',
    }
    const [key] = load('vertex', undefined, environment).config.providers['vertex']?.keys ?? []
    assert.deepEqual([key?.identity, key?.place], [{ type: 'google' }, { project: 'p', region: 'eu' }])
  })

  test('names what is wrong in it by path and never shows the credential', () => {
    const at = 'providers.vertex.keys[0].vertex_key_config'
    assert.deepEqual(pathsOf('vertex', { keys: [{}] }), [`${at}.project_id`])
    const entry = {
      keys: [{ vertex_key_config: { project_id: 'p', auth_credentials: '/secrets/account.json' } }],
    }
    assert.throws(
      () => load('vertex', entry),
      (error) =>
        error instanceof ConfigError &&
        error.message.includes(`${at}.auth_credentials`) &&
        !error.message.includes('/secrets/'),
    )
  })
})

describe('servers per key', () => {
  const key = (url: unknown, rest: object = {}) => ({ value: '', vllm_key_config: { url, ...rest } })
  const at = (index: number, member = '') => `providers.vllm.keys[${index}].vllm_key_config${member}`

  test('are asked by weight, each at its own address', () => {
    const keys = [
      key('http://x/v1', { model_name: 'm' }),
      { ...key('env.Y', { model_name: 'm' }), models: ['n'] },
    ]
    const { config, warnings } = load('vllm', { keys }, { Y: 'http://y' })
    const found = config.providers['vllm']?.keys.map(({ url, models }) => [url, models])
    assert.deepEqual(found, [
      ['http://x', ['m']],
      ['http://y', ['n']],
    ])
    assert.equal(config.providers['vllm']?.network.baseUrl, undefined)
    assert.deepEqual(warnings, [])
  })

  test('give way to base_url', () => {
    const rest = { network_config: { base_url: 'http://y' } }
    assert.deepEqual(warnedOf('vllm', { keys: [key('http://x'), key('http://y/')], ...rest }), [
      at(0, '.url'),
    ])
  })

  test('are a problem by path where one cannot be read or one lacks', () => {
    assert.deepEqual(pathsOf('vllm', { keys: [key('x')] }), [at(0, '.url')])
    assert.deepEqual(pathsOf('vllm', { keys: [key('env.MISSING')] }), [at(0, '.url')])
    assert.deepEqual(pathsOf('vllm', { keys: [key(3)] }), [at(0, '.url')])
    assert.deepEqual(pathsOf('vllm', { keys: [key('http://x'), { value: 'k' }] }), [
      'providers.vllm.network_config.base_url',
    ])
  })

  test("are a custom provider's too, and mean nothing elsewhere", () => {
    const own = { keys: [key('http://x')], custom_provider_config: { base_provider_type: 'vllm' } }
    assert.equal(load('mine', own).config.providers['mine']?.keys[0]?.url, 'http://x')
    const elsewhere = { keys: [{ value: 'k', vllm_key_config: { url: 'env.MISSING' } }] }
    assert.deepEqual(warnedOf('openai', elsewhere), ['providers.openai.keys[0].vllm_key_config'])
  })

  test('Ollama and SGLang have them under their own names', () => {
    for (const id of ['ollama', 'sgl']) {
      const { config } = load(id, { keys: [{ [`${id}_key_config`]: { url: 'http://x' } }] })
      assert.equal(config.providers[id]?.keys[0]?.url, 'http://x')
    }
  })
})

describe('enabled', () => {
  test('false is as if the key were not there', () => {
    const entry = {
      keys: [
        { value: 'a', enabled: false },
        { value: 'b', enabled: true },
      ],
    }
    const keys = load('openai', entry).config.providers['openai']?.keys ?? []
    assert.deepEqual(
      keys.map(({ value }) => value.reveal()),
      ['b'],
    )
    assert.deepEqual(pathsOf('openai', { keys: [{ value: 'a', enabled: false }] }), ['providers.openai.keys'])
  })
})

describe('custom_provider_config', () => {
  const entry = (custom: object) => ({
    keys: [{ value: 'k' }],
    network_config: { base_url: 'http://x' },
    custom_provider_config: { base_provider_type: 'openai', ...custom },
  })

  test('says what may be asked for, and where', () => {
    const allowed_requests = { chat_completion: true, chat_completion_stream: true, embedding: false }
    const { config } = load(
      'mine',
      entry({ allowed_requests, request_path_overrides: { chat_completion: '/c' } }),
    )
    assert.deepEqual(config.providers['mine']?.custom, {
      baseProviderType: 'openai',
      isKeyLess: false,
      allowed: ['chat_completion', 'chat_completion_stream'],
      paths: { chat_completion: '/c' },
    })
  })

  test('names what is wrong in it by path', () => {
    const at = 'providers.mine.custom_provider_config'
    assert.deepEqual(pathsOf('mine', entry({ request_path_overrides: { chat_completion: 'http://x/y' } })), [
      `${at}.request_path_overrides.chat_completion`,
    ])
    assert.deepEqual(pathsOf('mine', entry({ request_path_overrides: { chat: '/y' } })), [
      `${at}.request_path_overrides.chat`,
    ])
    assert.deepEqual(pathsOf('mine', entry({ allowed_requests: { chats: true } })), [
      `${at}.allowed_requests.chats`,
    ])
  })
})
