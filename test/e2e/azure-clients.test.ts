import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import OpenAI, { AzureOpenAI, toFile } from 'openai'
import { AzureOpenAI as AzureOpenAIOf2025 } from 'openai-2025'
import {
  type GatewayHarness,
  type SimulatedProviders,
  simulatedConfig,
  startGateway,
  startSimulatedProviders,
} from '#testing'

/** Azure's official client, whose endpoint is the gateway's OpenAI surface, in two generations. */

const endpointPath = '/openai'
const generations = {
  'openai 7.57.0': AzureOpenAI,
  'openai 5.9.0': AzureOpenAIOf2025 as unknown as typeof AzureOpenAI,
} as const
const vectors = [0.5, -0.25]

let providers: SimulatedProviders
let gateway: GatewayHarness
/** Answers what the simulated vendors do not, and keeps what it was asked. */
let vendor: Server
const asked: { readonly url: string; readonly key: string; readonly body: string }[] = []

before(async () => {
  providers = await startSimulatedProviders()
  vendor = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const key = String(request.headers.authorization ?? request.headers['api-key'])
    asked.push({ url: request.url ?? '', key, body: Buffer.concat(chunks).toString() })
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answerTo(request.url ?? '')))
  })
  vendor.listen(0, '127.0.0.1')
  await once(vendor, 'listening')
  const base_url = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}`
  const config = simulatedConfig(providers.url)
  const vectorsOnly = {
    keys: [{ value: 'sk-vectors' }],
    network_config: { base_url },
    custom_provider_config: { base_provider_type: 'openai' },
  }
  gateway = await startGateway({
    mode: 'standalone-memory',
    config: { ...config, providers: { ...config.providers, vectors: vectorsOnly } },
  })
})
after(async () => {
  await gateway.close()
  await providers.close()
  vendor.close()
})

function answerTo(url: string): object {
  const path = url.split('?', 1)[0]
  if (path === '/v1/embeddings') {
    const data = [{ object: 'embedding', index: 0, embedding: vectors }]
    return { object: 'list', data, model: 'm', usage: { prompt_tokens: 1, total_tokens: 1 } }
  }
  if (path === '/v1/audio/transcriptions') return { text: 'heard' }
  return { object: 'list', data: [{ id: 'file-1', object: 'file' }], has_more: false }
}

const messages = [{ role: 'user' as const, content: 'one two three' }]

for (const [generation, Client] of Object.entries(generations)) {
  describe(`AzureOpenAI of ${generation}`, () => {
    const azure = (options: { readonly deployment?: string } = {}) =>
      new Client({
        endpoint: gateway.url + endpointPath,
        apiKey: 'dummy',
        apiVersion: '2024-10-21',
        maxRetries: 0,
        ...options,
      })

    for (const model of ['gpt-4o-mini', 'anthropic/claude-opus-4-8', 'gemini/gemini-2.5-flash']) {
      test(`chat, unary and streamed: ${model}`, async () => {
        const whole = await azure().chat.completions.create({ model, messages })
        assert.equal(whole.choices[0]?.message.content, 'You said: one two three')
        const stream = await azure().chat.completions.create({ model, messages, stream: true })
        let text = ''
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
        assert.equal(text, 'You said: one two three')
      })
    }

    test('the deployment of the path is the model, whatever the body says', async () => {
      const client = azure({ deployment: 'anthropic/claude-opus-4-8' })
      const whole = await client.chat.completions.create({ model: 'gpt-4o', messages })
      assert.equal(whole.model, 'claude-opus-4-8')
      const legacy = await azure({ deployment: 'gpt-3.5-turbo-instruct' }).completions.create({
        model: '',
        prompt: 'one two three',
      })
      assert.equal(legacy.choices[0]?.text, 'You said: one two three')
    })

    test('embeddings', async () => {
      const { data } = await azure().embeddings.create({
        model: 'vectors/text-embedding-3-small',
        input: 'one',
        encoding_format: 'float',
      })
      assert.deepEqual(data[0]?.embedding, vectors)
      assert.equal(asked.at(-1)?.key, 'Bearer sk-vectors')
      assert.doesNotMatch(asked.at(-1)?.url ?? '', /api-version/)
    })

    test('a form gets the deployment for its model, api-version stays here', async () => {
      const heard = await azure({ deployment: 'vectors/whisper-1' }).audio.transcriptions.create({
        model: 'ignored',
        file: await toFile(Buffer.from('RIFF'), 'speech.wav'),
      })
      assert.equal(heard.text, 'heard')
      assert.equal(asked.at(-1)?.url, '/v1/audio/transcriptions')
      assert.match(asked.at(-1)?.body ?? '', /name="model"\r\n(?:[^\r]+\r\n)*\r\nwhisper-1\r\n/)
      assert.doesNotMatch(asked.at(-1)?.body ?? '', /ignored/)
    })

    test('responses, models and what is kept at the vendor have no deployment', async () => {
      const response = await azure().responses.create({ model: 'gpt-4o', input: 'one two three' })
      assert.equal(response.status, 'completed')
      const models = await azure().models.list()
      assert.ok(models.data.some(({ id }) => id === 'openai/gpt-4o' || id.startsWith('vectors/')))
      const page = await azure().files.list({}, { headers: { 'x-bifrost-provider': 'vectors' } })
      assert.equal(page.data[0]?.id, 'file-1')
      assert.equal(asked.at(-1)?.url, '/v1/files')
    })

    test('errors are of the class that the status says', async () => {
      await assert.rejects(
        azure().chat.completions.create({ model: 'nowhere/model', messages }),
        (error) => error instanceof Error && 'status' in error && error.status === 404,
      )
    })
  })
}

test("Azure's newer API: the OpenAI client with /openai/v1 behind the endpoint", async () => {
  const client = new OpenAI({
    baseURL: `${gateway.url}${endpointPath}/openai/v1`,
    apiKey: 'dummy',
    maxRetries: 0,
    defaultQuery: { 'api-version': 'preview' },
  })
  const whole = await client.chat.completions.create({ model: 'gpt-4o', messages })
  assert.equal(whole.choices[0]?.message.content, 'You said: one two three')
  const response = await client.responses.create({ model: 'gpt-4o', input: 'one two three' })
  assert.equal(response.output_text, 'You said: one two three')
})

test('a request without a model in its body, as plain HTTP clients of Azure send it', async () => {
  const ask = (path: string, init: RequestInit) =>
    fetch(`${gateway.url}/openai/openai/deployments/${path}?api-version=2024-10-21`, {
      method: 'POST',
      ...init,
      headers: { 'api-key': 'dummy', ...init.headers },
    })
  const chat = await ask('anthropic%2Fclaude-opus-4-8/chat/completions', {
    body: JSON.stringify({ messages }),
    headers: { 'content-type': 'application/json' },
  })
  const { choices } = (await chat.json()) as { choices: { message: { content: string } }[] }
  assert.equal(choices[0]?.message.content, 'You said: one two three')
  const form = new FormData()
  form.set('file', new Blob(['RIFF']), 'speech.wav')
  const heard = await ask('vectors/whisper-1/audio/transcriptions', { body: form })
  assert.deepEqual(await heard.json(), { text: 'heard' })
  assert.match(asked.at(-1)?.body ?? '', /name="model"\r\n\r\nwhisper-1\r\n/)
  assert.match(asked.at(-1)?.body ?? '', /RIFF/)
})

test('the key of the caller goes nowhere', () => {
  assert.ok(providers.calls.length > 0)
  for (const { headers } of providers.calls) assert.doesNotMatch(JSON.stringify(headers), /dummy/)
  for (const { key } of asked) assert.equal(key, 'Bearer sk-vectors')
})
