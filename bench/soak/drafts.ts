import { models } from '../upstream/models.ts'
import { type Draft, unique } from './asks.ts'

const question = () => [
  { role: 'system', content: 'You are a helpful assistant.' },
  { role: 'user', content: 'Say something about queues, please.' },
]
/** What is said otherwise than usual; a body's members come on top of the usual ones. */
export type Chat = Omit<Draft, 'body' | 'path'> & { readonly path?: string } & {
  readonly model: string
  readonly body?: object
}

/** On OpenAI's surface, streamed where a stream's end is named. */
export function chat({ model, body, ...draft }: Chat): Draft {
  const messages = draft.size === undefined ? { messages: question() } : {}
  const stream = draft.streamEnd === undefined ? {} : { stream: true }
  const path = '/openai/v1/chat/completions'
  return { path, ...draft, body: { model, user: unique(), max_tokens: 300, ...stream, ...body, ...messages } }
}

/** On Anthropic's. */
export function message({ model, body, ...draft }: Chat): Draft {
  const messages = draft.size === undefined ? { messages: question().slice(1) } : {}
  const stream = draft.streamEnd === undefined ? {} : { stream: true }
  const metadata = { user_id: unique() }
  const headers = { 'anthropic-version': '2023-06-01', ...draft.headers }
  const path = '/anthropic/v1/messages'
  return {
    path,
    ...draft,
    headers,
    body: { model, max_tokens: 300, metadata, ...stream, ...body, ...messages },
  }
}

/** On Google's. */
export function generate(model: string, streamEnd?: string): Draft {
  const method = streamEnd === undefined ? 'generateContent' : 'streamGenerateContent?alt=sse'
  const contents = [{ role: 'user', parts: [{ text: `Say something, ${unique()}.` }] }]
  return {
    path: `/genai/v1beta/models/${model}:${method}`,
    body: { contents, generationConfig: { maxOutputTokens: 300 } },
    ...(streamEnd !== undefined && { streamEnd }),
  }
}

/** What callers who come again ask: some of it lies in the cache. */
export const cached = (more: Partial<Chat>): Draft => {
  const headers = {
    'x-bifrost-cache': 'true',
    authorization: 'Bearer sk-cached',
    'openai-organization': 'one',
  }
  return chat({ model: models.chat, ...more, headers, header: 'x-bifrost-cache' })
}
export const known = () => ({ user: `user-${Math.floor(Math.random() * 5)}` })

export function embeddings(): Draft {
  return {
    path: '/openai/v1/embeddings',
    body: { model: 'text-embedding-3-small', input: `A text, ${unique()}.`, user: unique() },
  }
}

/** Kept nowhere: what is stored for 30 days is no leak, and would look like one. */
export function responses(streamEnd?: string): Draft {
  const stream = streamEnd === undefined ? {} : { stream: true, streamEnd }
  return {
    path: '/openai/v1/responses',
    body: {
      model: `anthropic/${models.messages}`,
      input: `Say something, ${unique()}.`,
      store: false,
      ...(streamEnd !== undefined && { stream: true }),
    },
    ...(streamEnd !== undefined && stream),
  }
}
