import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import * as sdk2025 from 'client-bedrock-runtime-2025'
import type { Answered, Ask, ClientRow } from './client.ts'

const newest = { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand }
type Sdk = typeof newest
const generations = {
  '@aws-sdk/client-bedrock-runtime': newest,
  '@aws-sdk/client-bedrock-runtime (mid 2025)': sdk2025 as unknown as Sdk,
} as const

const credentials = { accessKeyId: 'AKIDUMMY', secretAccessKey: 'dummy' }

/** Over plain HTTP the client must be told to speak HTTP/1.1. */
const options = () => ({
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
  requestHandler: new NodeHttpHandler(),
})

function input(modelId: string, text: string): ConverseCommandInput {
  return {
    modelId,
    system: [{ text: 'Be brief.' }],
    inferenceConfig: { maxTokens: 200 },
    messages: [{ role: 'user', content: [{ text }] }],
  }
}

function converse(sdk: Sdk): Ask {
  return async (endpoint, model, text) => {
    const client = new sdk.BedrockRuntimeClient({ endpoint, ...options() })
    const { output, usage } = await client.send(new sdk.ConverseCommand(input(model, text)))
    client.destroy()
    return {
      text: (output?.message?.content ?? []).map((block) => block.text ?? '').join(''),
      input: usage?.inputTokens ?? 0,
      output: usage?.outputTokens ?? 0,
    }
  }
}

function converseStream(sdk: Sdk): Ask {
  return async (endpoint, model, text) => {
    const client = new sdk.BedrockRuntimeClient({ endpoint, ...options() })
    const { stream } = await client.send(new sdk.ConverseStreamCommand(input(model, text)))
    let answered: Answered = { text: '', input: 0, output: 0 }
    for await (const event of stream ?? []) {
      answered = {
        text: answered.text + (event.contentBlockDelta?.delta?.text ?? ''),
        input: event.metadata?.usage?.inputTokens ?? answered.input,
        output: event.metadata?.usage?.outputTokens ?? answered.output,
      }
    }
    client.destroy()
    return answered
  }
}

export const bedrockRows: readonly ClientRow[] = Object.entries(generations).flatMap(([name, sdk]) => [
  { title: `${name}, Converse`, surface: '/bedrock', own: 'bedrock', ask: converse(sdk) },
  { title: `${name}, ConverseStream`, surface: '/bedrock', own: 'bedrock', ask: converseStream(sdk) },
])
