import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { type GenerateContentResponse, GoogleGenAI } from '@google/genai'
import { GoogleGenAI as GoogleGenAI2025 } from 'genai-2025'
import OpenAI from 'openai'
import {
  type GatewayHarness,
  gatewayModes,
  type SimulatedProviders,
  sharedRedisUrl,
  simulatedConfig,
  startGateway,
  startSimulatedProviders,
} from '#testing'

/** What the caller's SDK says to the gateway, and what comes back as text, stop reason and token counts. */
type Answered = {
  readonly text: string
  readonly stop: unknown
  readonly input: number
  readonly output: number
}

type Ask = (base: string, model: string, text: string) => Promise<Answered>

const openai: Ask = async (base, model, text) => {
  const client = new OpenAI({ baseURL: base, apiKey: 'dummy', maxRetries: 0 })
  const completion = await client.chat.completions.create({
    model,
    max_completion_tokens: 200,
    temperature: 0.5,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: text },
    ],
  })
  const [choice] = completion.choices
  return {
    text: choice?.message.content ?? '',
    stop: choice?.finish_reason,
    input: completion.usage?.prompt_tokens ?? 0,
    output: completion.usage?.completion_tokens ?? 0,
  }
}

const openaiStream: Ask = async (base, model, text) => {
  const client = new OpenAI({ baseURL: base, apiKey: 'dummy', maxRetries: 0 })
  const stream = await client.chat.completions.create({
    model,
    stream: true,
    stream_options: { include_usage: true },
    max_completion_tokens: 200,
    messages: [{ role: 'user', content: text }],
  })
  let whole = ''
  let stop: unknown
  let usage: { prompt_tokens: number; completion_tokens: number } | null | undefined
  let chunks = 0
  for await (const chunk of stream) {
    chunks += 1
    whole += chunk.choices[0]?.delta.content ?? ''
    stop = chunk.choices[0]?.finish_reason ?? stop
    usage = chunk.usage ?? usage
  }
  assert.ok(chunks > 3, `only ${chunks} chunks`)
  return { text: whole, stop, input: usage?.prompt_tokens ?? 0, output: usage?.completion_tokens ?? 0 }
}

const anthropic: Ask = async (base, model, text) => {
  const client = new Anthropic({ baseURL: base, apiKey: 'dummy', maxRetries: 0 })
  const message = await client.messages.create({
    model,
    max_tokens: 200,
    system: 'Be brief.',
    messages: [{ role: 'user', content: text }],
  })
  return {
    text: message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    stop: message.stop_reason,
    input: message.usage.input_tokens,
    output: message.usage.output_tokens,
  }
}

const anthropicStream: Ask = async (base, model, text) => {
  const client = new Anthropic({ baseURL: base, apiKey: 'dummy', maxRetries: 0 })
  let events = 0
  const stream = client.messages.stream({
    model,
    max_tokens: 200,
    messages: [{ role: 'user', content: text }],
  })
  stream.on('streamEvent', () => {
    events += 1
  })
  const message = await stream.finalMessage()
  assert.ok(events > 5, `only ${events} events`)
  return {
    text: message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    stop: message.stop_reason,
    input: message.usage.input_tokens,
    output: message.usage.output_tokens,
  }
}

type GenAiClient = typeof GoogleGenAI | typeof GoogleGenAI2025

const readGenAi = (response: GenerateContentResponse): Omit<Answered, 'text'> => ({
  stop: response.candidates?.[0]?.finishReason,
  input: response.usageMetadata?.promptTokenCount ?? 0,
  output: response.usageMetadata?.candidatesTokenCount ?? 0,
})

const genai =
  (Client: GenAiClient): Ask =>
  async (base, model, text) => {
    const { models } = new Client({ apiKey: 'dummy', httpOptions: { baseUrl: base } })
    const config = { systemInstruction: 'Be brief.', maxOutputTokens: 200 }
    const response = (await models.generateContent({
      model,
      contents: text,
      config,
    })) as GenerateContentResponse
    return { text: response.text ?? '', ...readGenAi(response) }
  }

const genaiStream =
  (Client: GenAiClient): Ask =>
  async (base, model, text) => {
    const { models } = new Client({ apiKey: 'dummy', httpOptions: { baseUrl: base } })
    const stream = await models.generateContentStream({ model, contents: text })
    const chunks = await Array.fromAsync(stream as AsyncIterable<GenerateContentResponse>)
    assert.ok(chunks.length > 3, `only ${chunks.length} chunks`)
    const last = chunks.at(-1)
    assert.ok(last !== undefined)
    return { text: chunks.map((chunk) => chunk.text ?? '').join(''), ...readGenAi(last) }
  }

const gpt = 'gpt-4o-mini'
const flash = 'gemini-2.5-flash'
const claude = 'claude-3-haiku-20240307'

/** One row = one way through the gateway: who asks, where, which model, and the stop reason in the caller's words. */
type Row = readonly [string, Ask, string, string, string]
const rows: readonly Row[] = [
  ['openai SDK at /openai', openai, '/openai', gpt, 'stop'],
  ['openai SDK at /openai/v1', openai, '/openai/v1', gpt, 'stop'],
  ['openai SDK at /v1', openai, '/v1', gpt, 'stop'],
  ['openai SDK at /openai, streamed', openaiStream, '/openai', gpt, 'stop'],
  ['openai SDK at /v1, streamed', openaiStream, '/v1', gpt, 'stop'],
  ['openai SDK to Anthropic', openai, '/openai', `anthropic/${claude}`, 'stop'],
  ['openai SDK to Anthropic, streamed', openaiStream, '/openai', `anthropic/${claude}`, 'stop'],
  ['anthropic SDK at /anthropic', anthropic, '/anthropic', claude, 'end_turn'],
  ['anthropic SDK at the root', anthropic, '', claude, 'end_turn'],
  ['anthropic SDK at /anthropic, streamed', anthropicStream, '/anthropic', claude, 'end_turn'],
  ['anthropic SDK to OpenAI', anthropic, '/anthropic', `openai/${gpt}`, 'end_turn'],
  ['anthropic SDK to OpenAI, streamed', anthropicStream, '/anthropic', `openai/${gpt}`, 'end_turn'],
  ['openai SDK to Gemini', openai, '/openai', `gemini/${flash}`, 'stop'],
  ['openai SDK to Gemini, streamed', openaiStream, '/openai', `gemini/${flash}`, 'stop'],
  ['anthropic SDK to Gemini', anthropic, '/anthropic', `gemini/${flash}`, 'end_turn'],
  ['anthropic SDK to Gemini, streamed', anthropicStream, '/anthropic', `gemini/${flash}`, 'end_turn'],
  ...(
    [
      ['genai SDK', GoogleGenAI],
      ['genai SDK of 2025', GoogleGenAI2025],
    ] as const
  ).flatMap(([name, Client]): readonly Row[] => [
    [`${name} at /genai`, genai(Client), '/genai', flash, 'STOP'],
    [`${name} at /genai, streamed`, genaiStream(Client), '/genai', flash, 'STOP'],
    [`${name} to OpenAI`, genai(Client), '/genai', `openai/${gpt}`, 'STOP'],
    [`${name} to OpenAI, streamed`, genaiStream(Client), '/genai', `openai/${gpt}`, 'STOP'],
    [`${name} to Anthropic`, genai(Client), '/genai', `anthropic/${claude}`, 'STOP'],
    [`${name} to Anthropic, streamed`, genaiStream(Client), '/genai', `anthropic/${claude}`, 'STOP'],
  ]),
]

for (const mode of gatewayModes) {
  describe(`official SDKs through ${mode}`, () => {
    let providers: SimulatedProviders
    let gateway: GatewayHarness

    before(async () => {
      providers = await startSimulatedProviders()
      const redis = mode === 'standalone-memory' ? {} : { redisUrl: await sharedRedisUrl() }
      gateway = await startGateway({ mode, config: simulatedConfig(providers.url), ...redis })
    })
    after(async () => {
      await gateway.close()
      await providers.close()
    })

    for (const [title, ask, base, model, stop] of rows) {
      test(title, async () => {
        const nonce = randomUUID()
        const answered = await ask(`${gateway.url}${base}`, model, `say ${nonce}`)
        assert.ok(answered.text.includes(nonce), `no ${nonce} in ${answered.text}`)
        assert.equal(answered.stop, stop)
        assert.ok(answered.input > 0 && answered.output > 0, 'no usage')
        assert.equal(providers.calls.filter((call) => call.nonce?.includes(nonce)).length, 1)
      })
    }

    test("the caller's credential never goes up, the configured one does", () => {
      assert.ok(providers.calls.length >= rows.length)
      for (const call of providers.calls) {
        const headers = JSON.stringify(call.headers)
        assert.ok(!headers.includes('dummy'), headers)
        assert.ok(headers.includes('simulated'), headers)
      }
    })

    test('facts of the answer come in headers, the body has no extra field', async () => {
      const response = await fetch(`${gateway.url}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-request-id': 'mine-1' },
        body: JSON.stringify({ model: gpt, messages: [{ role: 'user', content: 'hi' }] }),
      })
      assert.equal(response.status, 200)
      assert.equal(response.headers.get('x-request-id'), 'mine-1')
      assert.equal(response.headers.get('x-bifrost-provider'), 'openai')
      assert.equal(response.headers.get('x-bifrost-model'), gpt)
      assert.equal(response.headers.get('x-bifrost-attempts'), `openai/${gpt}=200`)
      assert.match(response.headers.get('x-bifrost-queue-ms') ?? '', /^\d+$/)
      const body = (await response.json()) as object
      const direct = await fetch(`${providers.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer sk-simulated-openai' },
        body: JSON.stringify({ model: gpt, messages: [{ role: 'user', content: 'hi' }] }),
      })
      assert.deepEqual(Object.keys(body), Object.keys((await direct.json()) as object))
    })

    test('metrics of the API pod count what was answered', async () => {
      const text = await (await fetch(`${gateway.url}/metrics`)).text()
      assert.match(text, /bifrost_requests_total\{[^}]*provider="openai"[^}]*status="200"[^}]*\} [1-9]/)
      assert.match(text, /bifrost_request_duration_seconds_count\{/)
      assert.match(text, /bifrost_queue_depth\{[^}]*provider="openai"/)
    })
  })
}
