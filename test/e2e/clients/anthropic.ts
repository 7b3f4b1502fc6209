import Anthropic from '@anthropic-ai/sdk'
import Anthropic2025 from 'anthropic-sdk-2025'
import type { Ask, ClientRow } from './client.ts'

/** The newest speaks API version 2026-10-21 or sends a bearer token where told to; that of mid 2025 speaks 2023-06-01. */
type Client = typeof Anthropic
type Options = ConstructorParameters<Client>[0]

const byKey: Options = { apiKey: 'dummy' }
const byToken: Options = { apiKey: null, authToken: 'dummy' }

type Content = readonly { readonly type: string; readonly text?: string }[]

const textOf = (content: unknown) =>
  (content as Content).map((block) => (block.type === 'text' ? block.text : '')).join('')

function messages(Client: Client, credential: Options): Ask {
  return async (baseURL, model, text) => {
    const client = new Client({ baseURL, maxRetries: 0, ...credential })
    const message = await client.messages.create({
      model,
      max_tokens: 200,
      system: 'Be brief.',
      messages: [{ role: 'user', content: text }],
    })
    return {
      text: textOf(message.content),
      input: message.usage.input_tokens,
      output: message.usage.output_tokens,
    }
  }
}

function messagesStream(Client: Client, credential: Options): Ask {
  return async (baseURL, model, text) => {
    const client = new Client({ baseURL, maxRetries: 0, ...credential })
    const stream = client.messages.stream({
      model,
      max_tokens: 200,
      system: 'Be brief.',
      messages: [{ role: 'user', content: text }],
    })
    const message = await stream.finalMessage()
    return {
      text: textOf(message.content),
      input: message.usage.input_tokens,
      output: message.usage.output_tokens,
    }
  }
}

const old = Anthropic2025 as unknown as Client

const row = (title: string, surface: string, ask: Ask): ClientRow => ({
  title: `${title} at ${surface === '' ? 'the root' : surface}`,
  surface,
  own: 'anthropic',
  ask,
})

export const anthropicRows: readonly ClientRow[] = [
  row('@anthropic-ai/sdk, messages', '/anthropic', messages(Anthropic, byKey)),
  row('@anthropic-ai/sdk, messages streamed', '/anthropic', messagesStream(Anthropic, byToken)),
  row('@anthropic-ai/sdk, messages', '', messages(Anthropic, byToken)),
  row('@anthropic-ai/sdk (mid 2025), messages', '/anthropic', messages(old, byToken)),
  row('@anthropic-ai/sdk (mid 2025), messages streamed', '/anthropic', messagesStream(old, byKey)),
]
