import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createCohere } from '@ai-sdk/cohere'
import { createGoogleGenerativeAI } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, type LanguageModel, streamText } from 'ai'
import type { Ask, ClientRow } from './client.ts'

type Build = (surface: string, model: string) => LanguageModel

const system = 'Be brief.'

/** This client takes a name with a slash for a whole path. */
const underModels = (model: string) => (model.includes('/') ? `models/${model}` : model)

function whole(build: Build): Ask {
  return async (surface, name, prompt) => {
    const model = build(surface, name)
    const result = await generateText({ model, system, prompt, maxOutputTokens: 200, maxRetries: 0 })
    return {
      text: result.text,
      input: result.usage.inputTokens ?? 0,
      output: result.usage.outputTokens ?? 0,
    }
  }
}

function streamed(build: Build): Ask {
  return async (surface, name, prompt) => {
    const model = build(surface, name)
    let failure: unknown
    const result = streamText({
      model,
      system,
      prompt,
      maxOutputTokens: 200,
      maxRetries: 0,
      onError: ({ error }) => {
        failure = error
      },
    })
    let text = ''
    for await (const piece of result.textStream) text += piece
    if (failure !== undefined) throw failure
    const usage = await result.usage
    return { text, input: usage.inputTokens ?? 0, output: usage.outputTokens ?? 0 }
  }
}

const builds: readonly (readonly [string, string, string, Build])[] = [
  [
    '@ai-sdk/openai chat',
    '/openai/v1',
    'openai',
    (baseURL, model) => createOpenAI({ baseURL, apiKey: 'dummy' }).chat(model),
  ],
  [
    '@ai-sdk/openai responses',
    '/openai/v1',
    'openai',
    (baseURL, model) => createOpenAI({ baseURL, apiKey: 'dummy' }).responses(model),
  ],
  [
    '@ai-sdk/anthropic',
    '/anthropic/v1',
    'anthropic',
    (baseURL, model) => createAnthropic({ baseURL, apiKey: 'dummy' })(model),
  ],
  [
    '@ai-sdk/google',
    '/genai/v1beta',
    'gemini',
    (baseURL, model) => createGoogleGenerativeAI({ baseURL, apiKey: 'dummy' })(underModels(model)),
  ],
  [
    '@ai-sdk/amazon-bedrock',
    '/bedrock',
    'bedrock',
    (baseURL, model) => createAmazonBedrock({ baseURL, apiKey: 'dummy', region: 'us-east-1' })(model),
  ],
  [
    '@ai-sdk/cohere',
    '/cohere/v2',
    'cohere',
    (baseURL, model) => createCohere({ baseURL, apiKey: 'dummy' })(model),
  ],
]

export const vercelRows: readonly ClientRow[] = builds.flatMap(([name, surface, own, build]) => [
  { title: `ai with ${name}`, surface, own, ask: whole(build) },
  { title: `ai with ${name}, streamed`, surface, own, ask: streamed(build) },
])
