import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { CohereClientV2 } from 'cohere-ai'
import { CohereClientV2 as CohereClientV2Of2025 } from 'cohere-ai-2025'
import OpenAI from 'openai'
import {
  type GatewayHarness,
  type SimulatedProviders,
  simulatedConfig,
  simulatedKeys,
  startGateway,
  startSimulatedProviders,
} from '#testing'

/** Cohere's SDK towards every simulated provider, other SDKs towards Cohere, and completions towards all. */

let providers: SimulatedProviders
let gateway: GatewayHarness
before(async () => {
  providers = await startSimulatedProviders()
  const config = simulatedConfig(providers.url)
  const cohere = {
    keys: [{ value: simulatedKeys.cohere, models: [] }],
    network_config: { base_url: providers.url },
  }
  gateway = await startGateway({
    mode: 'standalone-memory',
    config: { ...config, providers: { ...config.providers, cohere } },
  })
})
after(async () => {
  await gateway.close()
  await providers.close()
})

const targets = ['cohere/command-a-plus-05-2026', 'openai/gpt-4o', 'anthropic/claude-opus-4-8']
const tools = [
  {
    type: 'function' as const,
    function: {
      name: 'list_directory',
      parameters: { type: 'object', properties: { path: { type: 'string' } } },
    },
  },
]

for (const [generation, Client] of [
  ['8.1.0', CohereClientV2],
  ['7.17.1', CohereClientV2Of2025 as unknown as typeof CohereClientV2],
] as const) {
  for (const model of targets) {
    test(`cohere-ai ${generation} → ${model}`, async () => {
      const client = new Client({ token: 'dummy', environment: `${gateway.url}/cohere` })
      const messages = [{ role: 'user' as const, content: 'one two three' }]
      const whole = await client.chat({ model, messages, maxTokens: 200, p: 0.9 })
      assert.deepEqual(whole.message.content?.at(-1), { type: 'text', text: 'You said: one two three' })
      assert.equal(whole.finishReason, 'COMPLETE')
      assert.ok(Number(whole.usage?.tokens?.inputTokens) > 0)

      const events = await Array.fromAsync(await client.chatStream({ model, messages, maxTokens: 200 }))
      const texts = events.map((event) =>
        event.type === 'content-delta' ? (event.delta?.message?.content?.text ?? '') : '',
      )
      assert.equal(texts.join(''), 'You said: one two three')
      const last = events.at(-1)
      assert.ok(last?.type === 'message-end' && last.delta?.finishReason === 'COMPLETE')
      assert.ok(Number(last.delta.usage?.tokens?.outputTokens) > 0)

      const called = await client.chat({ model, messages, tools, maxTokens: 200 })
      assert.equal(called.finishReason, 'TOOL_CALL')
      const [call] = called.message.toolCalls ?? []
      assert.equal(call?.function?.arguments, '{"path":"one two three"}')
      const answered = await client.chat({
        model,
        tools,
        maxTokens: 200,
        messages: [
          ...messages,
          { role: 'assistant', toolPlan: 'I look.', toolCalls: called.message.toolCalls ?? [] },
          {
            role: 'tool',
            toolCallId: call?.id ?? '',
            content: [{ type: 'document', document: { data: { names: ['a.ts'] } } }],
          },
        ],
      })
      assert.match(JSON.stringify(answered.message.content), /You said:/)
      assert.match(providers.calls.at(-1)?.body.toString() ?? '', /a\.ts/)
    })
  }
}

test('the OpenAI SDK → Cohere', async () => {
  const client = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'dummy', maxRetries: 0 })
  const request = {
    model: targets[0] ?? '',
    max_completion_tokens: 200,
    top_p: 1,
    user: 'u',
    messages: [
      { role: 'developer' as const, content: 'Be brief.' },
      { role: 'user' as const, content: 'one two' },
    ],
  }
  const { data, response } = await client.chat.completions.create(request).withResponse()
  assert.equal(data.choices[0]?.message.content, 'You said: one two')
  assert.equal(response.headers.get('x-bifrost-warnings'), 'changed:top_p,unsupported:user')
  const streamed = await client.chat.completions.stream({ ...request, tools }).finalChatCompletion()
  const call = streamed.choices[0]?.message.tool_calls?.[0]
  assert.ok(call?.type === 'function')
  assert.equal(call.function.arguments, '{"path":"one two"}')
  assert.equal(streamed.choices[0]?.finish_reason, 'tool_calls')
})

test('the Anthropic SDK → Cohere, thinking and documents included', async () => {
  const client = new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: 'dummy', maxRetries: 0 })
  const message = await client.messages
    .stream({
      model: targets[0] ?? '',
      max_tokens: 4_000,
      thinking: { type: 'enabled', budget_tokens: 1_024 },
      messages: [
        {
          role: 'user',
          content: [
            { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'notes' } },
            { type: 'text', text: 'one two' },
          ],
        },
      ],
    })
    .finalMessage()
  assert.deepEqual(
    message.content.map((block) => block.type),
    ['thinking', 'text'],
  )
  assert.equal(message.stop_reason, 'end_turn')
  assert.ok(message.usage.output_tokens > 0)
  const call = await providers.callEnded({
    vendor: 'cohere',
    nonce: 'one two',
    model: 'command-a-plus-05-2026',
  })
  assert.equal(call.status, 200)
})

test('completions → every provider, whole and streamed', async () => {
  const client = new OpenAI({ baseURL: `${gateway.url}/openai`, apiKey: 'dummy', maxRetries: 0 })
  for (const model of ['openai/gpt-3.5-turbo-instruct', ...targets]) {
    const request = { model, prompt: 'one two', max_tokens: 100 }
    const whole = await client.completions.create(request)
    assert.equal(whole.choices[0]?.text, 'You said: one two', model)
    assert.equal(whole.object, 'text_completion')
    for (const includeUsage of [true, false]) {
      const stream = await client.completions.create({
        ...request,
        stream: true,
        stream_options: { include_usage: includeUsage },
      })
      const chunks = await Array.fromAsync(stream)
      assert.equal(chunks.map((chunk) => chunk.choices[0]?.text ?? '').join(''), 'You said: one two', model)
      assert.equal(chunks.filter((chunk) => chunk.usage).length, includeUsage ? 1 : 0, model)
      assert.ok(chunks.some((chunk) => chunk.choices[0]?.finish_reason === 'stop'))
    }
  }
})

test('an error of a provider in a stream ends a stream of Cohere as its own do', async () => {
  const client = new CohereClientV2({ token: 'dummy', environment: `${gateway.url}/cohere` })
  for (const model of ['cohere/simulated-in-stream-error', 'anthropic/simulated-in-stream-error']) {
    const messages = [{ role: 'user' as const, content: 'a b c d e f' }]
    const events = await Array.fromAsync(await client.chatStream({ model, messages, maxTokens: 50 }))
    const last = events.at(-1)
    assert.ok(last?.type === 'message-end', model)
    assert.equal(last.delta?.finishReason, 'ERROR')
    assert.ok(last.delta.error)
  }
})
