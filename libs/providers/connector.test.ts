import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError, Secret } from '#contract'
import { azure } from './azure/index.ts'
import { bedrock } from './bedrock/index.ts'
import { createConnector } from './connector.ts'
import { openai } from './openai/index.ts'
import type { Endpoint, ProviderCredential, ProviderFacts } from './types.ts'
import { vertex } from './vertex/index.ts'
import { vllm } from './vllm/index.ts'

const request = {
  endpoint: { wire: 'openai-chat', path: '/v1/chat/completions' },
  model: 'gpt-4o',
  stream: false,
  headers: { authorization: 'Bearer extra', accept: 'application/json' },
  body: new Uint8Array(0),
  credential: { value: new Secret('sk-ours') },
} as const

/** Where the first endpoint of that wire is asked, with which headers. */
async function prepared(
  facts: ProviderFacts,
  options: {
    readonly credential: Partial<ProviderCredential>
    readonly endpoint?: Endpoint | undefined
    readonly model?: string
    readonly stream?: boolean
    readonly baseUrl?: string
  },
) {
  const { baseUrl, credential, ...rest } = options
  const endpoint = rest.endpoint ?? facts.operations.chat?.[0] ?? assert.fail()
  return await createConnector({ facts, baseUrl }).prepare({
    ...request,
    headers: {},
    ...rest,
    endpoint,
    credential: { value: new Secret(''), ...credential },
  })
}

test('a request goes to the provider, its key before any other credential', async () => {
  const { url, headers } = await createConnector({ facts: openai, baseUrl: undefined }).prepare(request)
  assert.equal(url, 'https://api.openai.com/v1/chat/completions')
  assert.deepEqual(headers, { authorization: 'Bearer sk-ours', accept: 'application/json' })
})

test('without an address a request is refused', async () => {
  const nowhere = createConnector({
    facts: { id: 'vllm', auth: 'bearer', operations: {} },
    baseUrl: undefined,
  })
  await assert.rejects(
    async () => nowhere.prepare(request),
    (error) => GatewayError.is(error) && error.code === 'config_mismatch',
  )
})

describe('addresses per key', () => {
  test('vLLM: the key is the server', async () => {
    for (const url of ['http://gpu-1:8000', 'http://gpu-2:8000']) {
      const { url: found } = await prepared(vllm, { credential: { url } })
      assert.equal(found, `${url}/v1/chat/completions`)
    }
    const { url } = await prepared(vllm, { credential: { url: 'http://gpu-1' }, baseUrl: 'http://all' })
    assert.equal(url, 'http://all/v1/chat/completions')
  })

  test('Azure: resource, deployment and version of the key', async () => {
    const credential = { value: new Secret('k'), url: 'https://mine.openai.azure.com' }
    const aliases = { 'gpt-4o': 'four o' }
    const plain = await prepared(azure, { credential })
    assert.equal(
      plain.url,
      'https://mine.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
    )
    assert.deepEqual(plain.headers, { 'api-key': 'k' })
    const { url } = await prepared(azure, {
      credential: { ...credential, aliases, place: { apiVersion: '2025-04-01-preview' } },
    })
    assert.match(url, /\/deployments\/four%20o\/chat\/completions\?api-version=2025-04-01-preview$/)
    const endpoint = azure.operations.chat?.find(({ wire }) => wire === 'anthropic-messages')
    const claude = await prepared(azure, { credential, endpoint })
    assert.equal(claude.url, 'https://mine.openai.azure.com/anthropic/v1/messages')
    assert.deepEqual(claude.headers, { 'x-api-key': 'k' })
  })

  test('Vertex: project, region and host of the key', async () => {
    const at = async (region: string, options: object = {}) => {
      const credential = { value: new Secret('t'), place: { project: 'my-project', region } }
      return (await prepared(vertex, { credential, model: 'gemini-2.5-pro', ...options })).url
    }
    const path = (region: string) =>
      `/v1/projects/my-project/locations/${region}/publishers/google/models/gemini-2.5-pro:generateContent`
    assert.equal(
      await at('us-central1'),
      `https://us-central1-aiplatform.googleapis.com${path('us-central1')}`,
    )
    assert.equal(await at('global'), `https://aiplatform.googleapis.com${path('global')}`)
    assert.equal(await at('eu'), `https://aiplatform.eu.rep.googleapis.com${path('eu')}`)
    assert.match(await at('global', { stream: true }), /:streamGenerateContent\?alt=sse$/)
    const endpoint = vertex.operations.chat?.find(({ models }) => models?.includes('claude-*'))
    assert.match(
      await at('us-east5', { endpoint, model: 'claude-sonnet-4-5@20250929', stream: true }),
      /^https:\/\/us-east5-.+\/publishers\/anthropic\/models\/claude-sonnet-4-5@20250929:streamRawPredict$/,
    )
  })

  test('Bedrock: region of the key, a profile by its name', async () => {
    const arn = 'arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude'
    const credential = { value: new Secret('k'), place: { region: 'eu-west-1' }, aliases: { claude: arn } }
    const { url, headers } = await prepared(bedrock, { credential, model: 'claude', stream: true })
    assert.equal(
      url,
      `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${encodeURIComponent(arn)}/converse-stream`,
    )
    assert.deepEqual(headers, { authorization: 'Bearer k' })
  })

  test('a key that does not say its place is refused by the name of the setting', async () => {
    const credential = { value: new Secret('t') }
    const error = await prepared(vertex, { credential }).then(() => undefined, GatewayError.from)
    assert.equal(error?.code, 'config_mismatch')
    assert.match(error.message, /providers\.vertex\.keys\[\]\.vertex_key_config\.project_id/)
  })
})

test('what a caller adds to a path stands before the path’s own query', async () => {
  const files = azure.operations.files?.[0] ?? assert.fail()
  const connector = createConnector({ facts: azure, baseUrl: undefined })
  const credential = { value: new Secret('k'), url: 'https://mine.openai.azure.com' }
  const ask = async (suffix: string) =>
    (await connector.prepare({ ...request, endpoint: files, suffix, credential })).url
  const at = 'https://mine.openai.azure.com/openai/files'
  assert.equal(await ask('/file-1/content'), `${at}/file-1/content?api-version=2024-10-21`)
  assert.equal(await ask('?limit=2'), `${at}?api-version=2024-10-21&limit=2`)
})

test('a key without a value is signed for, over the bytes that are sent', async () => {
  const identity = {
    type: 'aws',
    keys: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: new Secret('s') },
  } as const
  const connector = createConnector({ facts: bedrock, baseUrl: undefined, nowMs: () => 0 })
  const sign = (body: string) =>
    connector.prepare({
      ...request,
      endpoint: bedrock.operations.chat?.[0] ?? assert.fail(),
      body: Buffer.from(body),
      credential: { value: new Secret(''), place: { region: 'us-east-1' }, identity },
    })
  const [one, same, other] = await Promise.all([sign('{}'), sign('{}'), sign('{ }')])
  assert.equal(one?.headers['authorization'], same?.headers['authorization'])
  assert.notEqual(one?.headers['authorization'], other?.headers['authorization'])
  await connector.close()
})
