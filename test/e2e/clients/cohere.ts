import { CohereClientV2 } from 'cohere-ai'
import { CohereClientV2 as CohereClientV2Of2025 } from 'cohere-ai-2025'
import type { Answered, Ask, ClientRow } from './client.ts'

type Client = typeof CohereClientV2
const generations = {
  'cohere-ai': CohereClientV2,
  'cohere-ai (mid 2025)': CohereClientV2Of2025 as unknown as Client,
} as const

function chat(Client: Client): Ask {
  return async (environment, model, text) => {
    const client = new Client({ environment, token: 'dummy' })
    const response = await client.chat(
      {
        model,
        maxTokens: 200,
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: text },
        ],
      },
      { maxRetries: 0 },
    )
    const content = (response.message.content ?? []) as readonly { readonly text?: string }[]
    return {
      text: content.map((block) => block.text ?? '').join(''),
      input: response.usage?.tokens?.inputTokens ?? 0,
      output: response.usage?.tokens?.outputTokens ?? 0,
    }
  }
}

function chatStream(Client: Client): Ask {
  return async (environment, model, text) => {
    const client = new Client({ environment, token: 'dummy' })
    const stream = await client.chatStream(
      { model, maxTokens: 200, messages: [{ role: 'user', content: text }] },
      { maxRetries: 0 },
    )
    let answered: Answered = { text: '', input: 0, output: 0 }
    for await (const event of stream) {
      if (event.type === 'content-delta') {
        answered = { ...answered, text: answered.text + (event.delta?.message?.content?.text ?? '') }
      } else if (event.type === 'message-end') {
        const tokens = event.delta?.usage?.tokens
        answered = { ...answered, input: tokens?.inputTokens ?? 0, output: tokens?.outputTokens ?? 0 }
      }
    }
    return answered
  }
}

export const cohereRows: readonly ClientRow[] = Object.entries(generations).flatMap(([name, Client]) => [
  { title: `${name}, chat`, surface: '/cohere', own: 'cohere', ask: chat(Client) },
  { title: `${name}, chatStream`, surface: '/cohere', own: 'cohere', ask: chatStream(Client) },
])
