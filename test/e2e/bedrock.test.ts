import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import Anthropic from '@anthropic-ai/sdk'
import * as newest from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { tool as aiTool, generateText, jsonSchema, streamText } from 'ai'
import * as older from 'client-bedrock-runtime-2025'
import OpenAI from 'openai'
import type { JsonObject } from '#contract'
import {
  type GatewayHarness,
  type SimulatedProviders,
  simulatedConfig,
  simulatedKeys,
  startGateway,
  startSimulatedProviders,
} from '#testing'

/** Amazon Bedrock on both sides of a whole gateway: its clients to every provider, every client to it. */

let providers: SimulatedProviders
let gateway: GatewayHarness
before(async () => {
  providers = await startSimulatedProviders()
  const config = simulatedConfig(providers.url)
  const aws = {
    custom_provider_config: { base_provider_type: 'bedrock', is_key_less: true },
    network_config: {
      base_url: providers.url,
      max_retries: 0,
      extra_headers: { authorization: `Bearer ${simulatedKeys.bedrock}` },
    },
  }
  gateway = await startGateway({
    mode: 'standalone-memory',
    config: { ...config, providers: { ...(config['providers'] as JsonObject), aws } },
  })
})
after(async () => {
  await gateway.close()
  await providers.close()
})

const sonnet = 'aws/us.anthropic.claude-3-7-sonnet-20250219-v1:0'
const tool = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] }

describe('clients of other vendors, answered by Bedrock', () => {
  const openai = () => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'dummy', maxRetries: 0 })
  const anthropic = () =>
    new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: 'dummy', maxRetries: 0 })

  test('openai: text, tool call and form, whole and streamed', async () => {
    const ask = (model: string, content: string) => ({
      model,
      messages: [{ role: 'user' as const, content }],
    })
    const nonce = randomUUID()
    const whole = await openai().chat.completions.create(ask(sonnet, nonce))
    assert.equal(whole.choices[0]?.message.content, `You said: ${nonce}`)
    assert.equal(whole.choices[0]?.finish_reason, 'stop')
    const called = await openai()
      .chat.completions.stream({
        ...ask(sonnet, 'Paris'),
        tools: [{ type: 'function', function: { name: 'weather', parameters: tool } }],
      })
      .finalChatCompletion()
    const [call] = called.choices[0]?.message.tool_calls ?? []
    assert.equal(call?.type === 'function' && call.function.arguments, '{"city":"Paris"}')
    for (const model of [sonnet, 'aws/amazon.nova-pro-v1:0']) {
      const response_format = { type: 'json_schema', json_schema: { name: 'n', schema: tool } } as const
      const formed = await openai()
        .chat.completions.stream({ ...ask(model, 'Rome'), response_format })
        .finalChatCompletion()
      assert.equal(formed.choices[0]?.message.content, '{"city":"Rome"}')
      assert.equal(formed.choices[0]?.finish_reason, 'stop')
    }
  })

  test('anthropic: text and tool call, whole and streamed, every byte a packet', async () => {
    const ask = (model: string, content: string) => ({
      model,
      max_tokens: 200,
      messages: [{ role: 'user' as const, content }],
    })
    const nonce = randomUUID()
    const streamed = await anthropic()
      .messages.stream(ask('aws/simulated-byte-split', `${nonce} a b`))
      .finalMessage()
    assert.deepEqual(
      streamed.content.map((block) => block.type === 'text' && block.text),
      [`You said: ${nonce} a b`],
    )
    assert.equal(streamed.stop_reason, 'end_turn')
    assert.ok(streamed.usage.output_tokens > 1)
    const called = await anthropic().messages.create({
      ...ask(sonnet, 'Paris'),
      tools: [{ name: 'weather', input_schema: tool }],
    })
    assert.deepEqual(called.content[0]?.type === 'tool_use' && called.content[0].input, { city: 'Paris' })
  })

  test('errors arrive in the classes of the callers', async () => {
    const messages = [{ role: 'user' as const, content: 'a b c d e' }]
    const openaiFails = (model: string) => openai().chat.completions.create({ model, messages })
    await assert.rejects(openaiFails('aws/simulated-429'), OpenAI.RateLimitError)
    await assert.rejects(openaiFails('aws/nothing'), /model identifier is invalid/)
    const stream = anthropic().messages.stream({
      model: 'aws/simulated-in-stream-error',
      max_tokens: 5_000,
      messages,
    })
    await assert.rejects(stream.finalMessage(), /ended with an error/)
    const cut = anthropic().messages.stream({
      model: 'aws/simulated-close-mid-stream',
      max_tokens: 5_000,
      messages,
    })
    await assert.rejects(cut.finalMessage(), Anthropic.APIError)
  })
})

for (const [name, sdk] of [
  ['newest', newest],
  ['2025', older as unknown as typeof newest],
] as const) {
  describe(`the client of Bedrock (${name}), answered by every provider`, () => {
    const client = () =>
      new sdk.BedrockRuntimeClient({
        region: 'us-east-1',
        endpoint: `${gateway.url}/bedrock`,
        credentials: { accessKeyId: 'AKIDCALLER', secretAccessKey: 'dummy' },
        maxAttempts: 1,
        requestHandler: new NodeHttpHandler(),
      })
    const input = (modelId: string, text: string) => ({
      modelId,
      messages: [{ role: 'user' as const, content: [{ text }] }],
      inferenceConfig: { maxTokens: 200 },
    })
    const streamed = async (modelId: string, text: string) => {
      const answer = await client().send(new sdk.ConverseStreamCommand(input(modelId, text)))
      return Array.fromAsync(answer.stream ?? [])
    }

    for (const modelId of [sonnet, 'openai/gpt-4o-mini', 'anthropic/claude-3-haiku-20240307']) {
      test(modelId, async () => {
        const nonce = randomUUID()
        const answer = await client().send(new sdk.ConverseCommand(input(modelId, nonce)))
        assert.deepEqual(answer.output?.message?.content, [{ text: `You said: ${nonce}` }])
        assert.equal(answer.stopReason, 'end_turn')
        assert.ok((answer.usage?.inputTokens ?? 0) > 0)
        const events = await streamed(modelId, `${nonce} a b`)
        const text = events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('')
        assert.equal(text, `You said: ${nonce} a b`)
        assert.ok((events.at(-1)?.metadata?.usage?.outputTokens ?? 0) > 1)
        const inputSchema = { json: tool }
        const called = await client().send(
          new sdk.ConverseCommand({
            ...input(modelId, 'Paris'),
            toolConfig: { tools: [{ toolSpec: { name: 'weather', inputSchema } }] },
          }),
        )
        const [block] = called.output?.message?.content ?? []
        assert.deepEqual(block?.toolUse?.input, { city: 'Paris' })
        assert.equal(called.stopReason, 'tool_use')
      })
    }

    for (const provider of ['aws', 'openai']) {
      test(`errors of ${provider}`, async () => {
        const fails = (scenario: string) =>
          client().send(new sdk.ConverseCommand(input(`${provider}/simulated-${scenario}`, 'a b c d e')))
        await assert.rejects(fails('429'), sdk.ThrottlingException)
        await assert.rejects(fails('503'), sdk.ServiceUnavailableException)
        const inStream = streamed(`${provider}/simulated-in-stream-error`, 'a b c d e')
        await assert.rejects(inStream, sdk.BedrockRuntimeServiceException)
        const cut = streamed(`${provider}/simulated-close-mid-stream`, 'a b c d e')
        await assert.rejects(cut, sdk.ModelStreamErrorException)
      })
    }
  })
}

describe('the Bedrock provider of the ai package, answered by every provider', () => {
  const bedrock = () =>
    createAmazonBedrock({ region: 'us-east-1', apiKey: 'dummy', baseURL: `${gateway.url}/bedrock` })
  for (const model of [sonnet, 'openai/gpt-4o-mini', 'anthropic/claude-3-haiku-20240307']) {
    test(model, async () => {
      const nonce = randomUUID()
      const whole = await generateText({ model: bedrock()(model), prompt: nonce, maxOutputTokens: 200 })
      assert.equal(whole.text, `You said: ${nonce}`)
      assert.equal(whole.finishReason, 'stop')
      const { textStream } = streamText({
        model: bedrock()(model),
        prompt: `${nonce} a`,
        maxOutputTokens: 200,
      })
      assert.equal((await Array.fromAsync(textStream)).join(''), `You said: ${nonce} a`)
      const called = await generateText({
        model: bedrock()(model),
        prompt: 'Paris',
        maxOutputTokens: 200,
        tools: { weather: aiTool({ inputSchema: jsonSchema<{ city: string }>(tool) }) },
      })
      assert.deepEqual(called.toolCalls[0]?.input, { city: 'Paris' })
    })
  }
})
