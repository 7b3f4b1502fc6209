import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { CohereClientV2 } from 'cohere-ai'
import OpenAI from 'openai'
import { type GatewayHarness, gatewayModes, sharedRedisUrl, startGateway } from '#testing'

/** Embeddings and token counts with official clients, over all brokers, towards vendors that answer as documented. */

const vectors = [
  [0.5, -0.25],
  [1, 2],
]
const answers: Readonly<Record<string, object>> = {
  '/v1/embeddings': {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: 'text-embedding-3-small',
    usage: { prompt_tokens: 4, total_tokens: 4 },
  },
  '/v2/embed': {
    id: 'c1',
    embeddings: { float: vectors },
    texts: ['one', 'two'],
    meta: { billed_units: { input_tokens: 4 } },
    response_type: 'embeddings_by_type',
  },
  '/v1beta/models/gemini-embedding-001:batchEmbedContents': {
    embeddings: vectors.map((values) => ({ values })),
  },
  '/v1/messages/count_tokens': { input_tokens: 11 },
  '/v1beta/models/gemini-2.5-flash:countTokens': { totalTokens: 12 },
  '/v1/responses/input_tokens': { object: 'response.input_tokens', input_tokens: 13 },
}

async function startVendors(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const answer = answers[(request.url ?? '').split('?')[0] ?? '']
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer ?? { error: { message: `no ${request.url}`, type: 'not_found' } }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** As plain arrays: a client may read base64 into typed ones. */
const plain = (rows: readonly ArrayLike<number>[]) => rows.map((row) => Array.from(row))

const embeddingModels = [
  'openai/text-embedding-3-small',
  'cohere/embed-v4.0',
  'gemini/gemini-embedding-001',
] as const

for (const mode of gatewayModes) {
  describe(`embeddings and token counts through ${mode}`, () => {
    let vendors: Server
    let gateway: GatewayHarness

    before(async () => {
      vendors = await startVendors()
      const base_url = `http://127.0.0.1:${(vendors.address() as AddressInfo).port}`
      const provider = { keys: [{ value: 'sk-vendor' }], network_config: { base_url } }
      const providers = Object.fromEntries(
        ['openai', 'anthropic', 'gemini', 'cohere', 'groq'].map((id) => [id, provider]),
      )
      const redis = mode === 'standalone-memory' ? {} : { redisUrl: await sharedRedisUrl() }
      gateway = await startGateway({ mode, config: { providers }, ...redis })
    })
    after(async () => {
      await gateway.close()
      vendors.close()
    })

    for (const model of embeddingModels) {
      test(`every client gets the vectors of ${model}`, async () => {
        const openai = new OpenAI({ baseURL: `${gateway.url}/openai`, apiKey: 'x', maxRetries: 0 })
        const { data } = await openai.embeddings.create({ model, input: ['one', 'two'] })
        assert.deepEqual(plain(data.map(({ embedding }) => embedding)), vectors)

        const cohere = new CohereClientV2({ environment: `${gateway.url}/cohere`, token: 'x' })
        const embedded = await cohere.embed({
          model,
          texts: ['one', 'two'],
          inputType: 'search_query',
          embeddingTypes: ['float'],
        })
        assert.deepEqual(embedded.embeddings.float, vectors)

        const genai = new GoogleGenAI({ apiKey: 'x', httpOptions: { baseUrl: `${gateway.url}/genai` } })
        const { embeddings } = await genai.models.embedContent({
          model: `models/${model}`,
          contents: ['one', 'two'],
        })
        assert.deepEqual(
          embeddings?.map(({ values }) => values),
          vectors,
        )
      })
    }

    test('tokens are counted by the provider, whoever asks', async () => {
      const anthropic = new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: 'x', maxRetries: 0 })
      const genai = new GoogleGenAI({ apiKey: 'x', httpOptions: { baseUrl: `${gateway.url}/genai` } })
      const openai = new OpenAI({ baseURL: `${gateway.url}/openai`, apiKey: 'x', maxRetries: 0 })
      for (const [model, tokens] of [
        ['anthropic/claude-haiku-4-5', 11],
        ['gemini/gemini-2.5-flash', 12],
        ['openai/gpt-4o', 13],
      ] as const) {
        const messages = [{ role: 'user' as const, content: 'hi' }]
        assert.equal((await anthropic.messages.countTokens({ model, messages })).input_tokens, tokens, model)
        const counted = await genai.models.countTokens({ model: `models/${model}`, contents: 'hi' })
        assert.equal(counted.totalTokens, tokens, model)
        assert.equal(
          (await openai.responses.inputTokens.count({ model, input: 'hi' })).input_tokens,
          tokens,
          model,
        )
      }
    })

    test('a provider that counts none is estimated for, and that is said', async () => {
      const response = await fetch(`${gateway.url}/anthropic/v1/messages/count_tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'groq/llama', messages: [{ role: 'user', content: 'hello world' }] }),
      })
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('x-bifrost-token-count'), 'estimate')
      // Two words and what a turn costs beside its text.
      assert.deepEqual(await response.json(), { input_tokens: 6 })
    })

    test('the same paths are below the prefixes of frameworks', async () => {
      const baseURL = `${gateway.url}/langchain/openai`
      const client = new OpenAI({ baseURL, apiKey: 'x', maxRetries: 0 })
      const { data } = await client.embeddings.create({ model: embeddingModels[0], input: ['one', 'two'] })
      assert.deepEqual(plain(data.map(({ embedding }) => embedding)), vectors)
    })
  })
}
