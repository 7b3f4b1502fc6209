import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import { CohereClientV2 } from 'cohere-ai'
import { CohereClientV2 as CohereClientV2Of2025 } from 'cohere-ai-2025'
import { GoogleGenAI as GoogleGenAI2025 } from 'genai-2025'
import OpenAI from 'openai'
import OpenAI2025 from 'openai-2025'
import { type SimulatedProviders, simulatedKeys, startSimulatedProviders } from './index.ts'

/** Vectors and counts, as the vendors' own clients ask for them, and what the vendors refuse. */

let providers: SimulatedProviders
before(async () => {
  providers = await startSimulatedProviders()
})
after(() => providers.close())

async function refusal(path: string, headers: Record<string, string>, body: object) {
  const response = await fetch(providers.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return [response.status, await response.text()] as const
}

for (const [generation, Client] of [
  ['openai', OpenAI],
  ['openai of mid 2025', OpenAI2025 as unknown as typeof OpenAI],
] as const) {
  describe(`simulated embeddings of OpenAI, seen by ${generation}`, () => {
    const openai = () =>
      new Client({ apiKey: simulatedKeys.openai, baseURL: `${providers.url}/v1`, maxRetries: 0 })

    it('gives a vector for each text, the same as numbers and as bytes', async () => {
      const model = 'text-embedding-3-small'
      const whole = await openai().embeddings.create({ model, input: ['one', 'two'] })
      assert.equal(whole.data.length, 2)
      assert.equal(whole.data[0]?.embedding.length, 1536)
      assert.notDeepEqual(whole.data[0]?.embedding, whole.data[1]?.embedding)
      const numbers = await openai().embeddings.create({
        model,
        input: ['one', 'two'],
        encoding_format: 'float',
      })
      assert.deepEqual(numbers.data[1]?.embedding, [...(whole.data[1]?.embedding ?? [])])
      assert.ok(numbers.usage.prompt_tokens > 0)
      const short = await openai().embeddings.create({ model, input: [1, 2, 3], dimensions: 8 })
      assert.deepEqual([short.data.length, short.data[0]?.embedding.length], [1, 8])
      const call = await providers.callEnded({ vendor: 'openai', nonce: 'one\ntwo' })
      assert.deepEqual([call.path, call.model], ['/v1/embeddings', model])
    })
  })
}

it('OpenAI refuses what is no embedding', async () => {
  const headers = { authorization: `Bearer ${simulatedKeys.openai}` }
  const model = 'text-embedding-3-small'
  const cases = [
    [{ model, input: 'x', texts: [] }, 400, 'texts'],
    [{ model }, 400, 'input'],
    [{ model, input: [] }, 400, '$.input'],
    [{ model, input: ['a', ''] }, 400, '$.input'],
    [{ model, input: Array(2049).fill('a') }, 400, 'array too long'],
    [{ model, input: 'a', dimensions: 1537 }, 400, 'dimensions'],
    [{ model, input: 'a', encoding_format: 'int8' }, 400, 'encoding_format'],
    [{ model: 'text-embedding-ada-002', input: 'a', dimensions: 8 }, 400, 'dimensions'],
    [{ model: 'gpt-4o', input: 'a' }, 400, 'embeddings'],
    [{ model: 'nobody', input: 'a' }, 404, 'nobody'],
    [{ model: 'simulated-429', input: 'a' }, 429, 'error'],
  ] as const
  for (const [body, status, text] of cases) {
    const [found, said] = await refusal('/v1/embeddings', headers, body)
    assert.equal(found, status, said)
    assert.ok(said.includes(text), said)
  }
  const response = await fetch(`${providers.url}/v1/embeddings`, { headers })
  assert.equal(response.status, 405)
})

it('counts the input of the Responses API', async () => {
  const client = new OpenAI({ apiKey: simulatedKeys.openai, baseURL: `${providers.url}/v1` })
  const counted = await client.responses.inputTokens.count({ model: 'gpt-4o', input: 'How many?' })
  assert.equal(counted.object, 'response.input_tokens')
  assert.ok(counted.input_tokens > 0)
  const headers = { authorization: `Bearer ${simulatedKeys.openai}` }
  const body = { model: 'gpt-4o', input: 'x', stream: true }
  const [status, said] = await refusal('/v1/responses/input_tokens', headers, body)
  assert.deepEqual([status, said.includes('stream')], [400, true])
})

it('counts a message of Anthropic', async () => {
  const client = new Anthropic({ apiKey: simulatedKeys.anthropic, baseURL: providers.url, maxRetries: 0 })
  const model = 'claude-sonnet-4-5-20250929'
  const messages = [{ role: 'user', content: 'How many tokens are these?' }] as const
  const few = await client.messages.countTokens({ model, messages: [...messages] })
  const many = await client.messages.countTokens({ model, messages: [...messages], system: 'Be brief.' })
  assert.ok(many.input_tokens > few.input_tokens)
  const headers = { 'x-api-key': simulatedKeys.anthropic, 'anthropic-version': '2023-06-01' }
  const cases = [
    [{ model, messages, max_tokens: 5 }, 400, 'max_tokens: Extra inputs'],
    [{ model }, 400, 'messages'],
    [{ model: 'nobody', messages }, 404, 'nobody'],
  ] as const
  for (const [body, status, text] of cases) {
    const [found, said] = await refusal('/v1/messages/count_tokens', headers, body)
    assert.deepEqual([found, said.includes(text)], [status, true], said)
  }
})

for (const [generation, Client] of [
  ['@google/genai', GoogleGenAI],
  ['@google/genai of mid 2025', GoogleGenAI2025 as unknown as typeof GoogleGenAI],
] as const) {
  it(`counts and embeds for ${generation}`, async () => {
    const { models } = new Client({
      apiKey: simulatedKeys.gemini,
      httpOptions: { baseUrl: providers.url },
    })
    const counted = await models.countTokens({ model: 'gemini-2.5-flash', contents: 'How many?' })
    assert.ok((counted.totalTokens ?? 0) > 0)
    const { embeddings } = await models.embedContent({
      model: 'gemini-embedding-001',
      contents: ['one', 'two'],
      config: { outputDimensionality: 8, taskType: 'RETRIEVAL_QUERY' },
    })
    assert.deepEqual(
      embeddings?.map(({ values }) => values?.length),
      [8, 8],
    )
  })
}

it('Google refuses what its methods do not take', async () => {
  const headers = { 'x-goog-api-key': simulatedKeys.gemini }
  const at = '/v1beta/models/gemini-embedding-001'
  const content = { parts: [{ text: 'x' }] }
  const flash = '/v1beta/models/gemini-2.5-flash'
  const contents = [{ role: 'user', ...content }]
  const cases = [
    [`${at}:embedContent`, { content, input: 'x' }, 400, 'input'],
    [`${at}:embedContent`, {}, 400, 'content'],
    [`${at}:embedContent`, { model: 'models/other', content }, 400, 'model'],
    [`${at}:batchEmbedContents`, { requests: [{ content }] }, 400, 'requests[0].model'],
    [`${at}:batchEmbedContents`, { requests: [] }, 400, 'requests'],
    [`${flash}:embedContent`, { content }, 404, 'embedContent'],
    [`${flash}:countTokens`, { contents, generationConfig: {} }, 400, 'generationConfig'],
    [`${flash}:countTokens`, { generateContentRequest: { contents } }, 400, 'model'],
    ['/v1beta/models/nobody:countTokens', { contents }, 404, 'nobody'],
    [`${flash}:nothing`, { contents }, 404, 'NOT_FOUND'],
  ] as const
  for (const [path, body, status, text] of cases) {
    const [found, said] = await refusal(path, headers, body)
    assert.deepEqual([found, said.includes(text)], [status, true], `${path} ${said}`)
  }
  const generateContentRequest = { model: 'models/gemini-2.5-flash', contents, systemInstruction: content }
  const [status, said] = await refusal(`${flash}:countTokens`, headers, { generateContentRequest })
  assert.equal(status, 200, said)
})

for (const [generation, Client] of [
  ['cohere-ai', CohereClientV2],
  ['cohere-ai of mid 2025', CohereClientV2Of2025 as unknown as typeof CohereClientV2],
] as const) {
  it(`embeds in every type for ${generation}`, async () => {
    const client = new Client({ token: simulatedKeys.cohere, environment: providers.url })
    const { embeddings, texts } = await client.embed({
      model: 'embed-v4.0',
      inputType: 'search_document',
      texts: ['one', 'two'],
      embeddingTypes: ['float', 'int8', 'ubinary', 'base64'],
      outputDimension: 256,
    })
    assert.deepEqual(texts, ['one', 'two'])
    assert.deepEqual([embeddings.float?.length, embeddings.float?.[0]?.length], [2, 256])
    assert.deepEqual([embeddings.int8?.[0]?.length, embeddings.ubinary?.[0]?.length], [256, 32])
    const bytes = Buffer.from(embeddings.base64?.[1] ?? '', 'base64')
    assert.equal(bytes.readFloatLE(0), embeddings.float?.[1]?.[0])
  })
}

it('Cohere refuses what is no embedding', async () => {
  const headers = { authorization: `Bearer ${simulatedKeys.cohere}` }
  const least = { model: 'embed-v4.0', input_type: 'search_query' }
  const cases = [
    [{ ...least, texts: ['a'], input: 'a' }, 422, 'input'],
    [{ model: 'embed-v4.0', texts: ['a'] }, 400, 'input_type'],
    [least, 400, 'texts'],
    [{ ...least, texts: [] }, 400, 'texts'],
    [{ ...least, texts: ['a'], images: ['b'] }, 400, 'exactly one'],
    [{ ...least, texts: Array(97).fill('a') }, 400, '96'],
    [{ ...least, texts: ['a'], output_dimension: 8 }, 400, 'output_dimension'],
    [{ ...least, texts: ['a'], embedding_types: ['double'] }, 400, 'embedding_types'],
    [{ ...least, model: 'nobody', texts: ['a'] }, 404, 'nobody'],
  ] as const
  for (const [body, status, text] of cases) {
    const [found, said] = await refusal('/v2/embed', headers, body)
    assert.deepEqual([found, said.includes(text)], [status, true], said)
  }
})
