import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError, Secret } from '#contract'
import { createConnector } from './connector.ts'
import { openai } from './openai/index.ts'

const request = {
  endpoint: { wire: 'openai-chat', path: '/v1/chat/completions' },
  model: 'gpt-4o',
  stream: false,
  headers: { authorization: 'Bearer extra', accept: 'application/json' },
  body: new Uint8Array(0),
  credential: { value: new Secret('sk-ours') },
} as const

test('a request goes to the provider, its key before any other credential', async () => {
  const { url, headers } = await createConnector({ facts: openai, baseUrl: undefined }).prepare(request)
  assert.equal(url, 'https://api.openai.com/v1/chat/completions')
  assert.deepEqual(headers, { authorization: 'Bearer sk-ours', accept: 'application/json' })
})

test('without an address or with a scheme that is not built, a request is refused', async () => {
  const nowhere = createConnector({
    facts: { id: 'vllm', auth: 'bearer', operations: {} },
    baseUrl: undefined,
  })
  await assert.rejects(
    nowhere.prepare(request),
    (error) => GatewayError.is(error) && error.code === 'config_mismatch',
  )
})
