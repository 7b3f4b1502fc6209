import { curlLine, streamText, unaryText } from './print.ts'

/** One request of the demo. */
export type Stop = { readonly title: string; readonly path: string; readonly body: object }

const question = (text: string) => [{ role: 'user', content: text }]

const turn = (text: string) => [{ role: 'user', parts: [{ text }] }]
const blocks = (text: string) => [{ role: 'user', content: [{ text }] }]

/** The simulated OpenAI answers this model with 503 and asks for half a minute; the simulated Anthropic does not. */
export const failover: Stop = {
  title: 'A failover: OpenAI fails, Anthropic answers',
  path: '/openai/v1/chat/completions',
  body: {
    model: 'gpt-4o-mini-simulated-503-retry-30',
    fallbacks: ['anthropic/claude-sonnet-4-5-20250929'],
    messages: question('Is anybody there?'),
  },
}

/** One request per surface, one crossing each way, one stream, one failover. */
export const stops: readonly Stop[] = [
  {
    title: 'OpenAI surface, answered by OpenAI',
    path: '/openai/v1/chat/completions',
    body: { model: 'gpt-4o-mini', messages: question('Hello from the OpenAI surface') },
  },
  {
    title: 'The same surface at the root',
    path: '/v1/chat/completions',
    body: { model: 'openai/gpt-4o-mini', messages: question('Hello from the root') },
  },
  {
    title: 'Anthropic surface, answered by Anthropic',
    path: '/anthropic/v1/messages',
    body: {
      model: 'claude-3-sonnet-20240229',
      max_tokens: 100,
      messages: question('Hello from the Anthropic surface'),
    },
  },
  {
    title: "OpenAI's Responses, answered by OpenAI",
    path: '/openai/v1/responses',
    body: { model: 'gpt-4o-mini', input: 'Hello from the Responses API' },
  },
  {
    title: 'Google GenAI surface, answered by Gemini',
    path: '/genai/v1beta/models/gemini-2.5-flash:generateContent',
    body: { contents: turn('Hello from the GenAI surface') },
  },
  {
    title: 'Bedrock surface, answered by Bedrock',
    path: '/bedrock/model/amazon.nova-pro-v1:0/converse',
    body: { messages: blocks('Hello from the Bedrock surface') },
  },
  {
    title: 'Cohere surface, answered by Cohere',
    path: '/cohere/v2/chat',
    body: { model: 'command-a-03-2025', messages: question('Hello from the Cohere surface') },
  },
  {
    title: 'Crossing: OpenAI surface, answered by Anthropic',
    path: '/openai/v1/chat/completions',
    body: { model: 'anthropic/claude-3-sonnet-20240229', messages: question('Who answers?') },
  },
  {
    title: 'Crossing: Anthropic surface, answered by OpenAI',
    path: '/anthropic/v1/messages',
    body: { model: 'openai/gpt-4o-mini', max_tokens: 100, messages: question('And who now?') },
  },
  {
    title: 'Crossing: GenAI surface, answered by Bedrock',
    path: '/genai/v1beta/models/bedrock/amazon.nova-pro-v1:0:generateContent',
    body: { contents: turn('And across the clouds?') },
  },
  {
    title: 'A stream',
    path: '/openai/v1/chat/completions',
    body: { model: 'gpt-4o-mini', stream: true, messages: question('One word after the other') },
  },
  failover,
]

/** Makes every request of the tour and prints it with its answer. Rejects when one is not answered with 200. */
export async function showTour(url: string, print: (text: string) => void): Promise<void> {
  for (const [index, stop] of stops.entries()) {
    print(`${index + 1}. ${stop.title}\n${indent(curlLine(url, stop))}`)
    const response = await fetch(`${url}${stop.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(stop.body),
    })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`The request was answered with ${response.status}: ${text}`)
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
    print(`${indent(isStream ? streamText(text) : unaryText(text))}\n   ${facts(response.headers)}\n`)
  }
}

function facts(headers: Headers): string {
  return ['x-bifrost-attempts', 'x-bifrost-queue-ms', 'x-bifrost-warnings']
    .flatMap((name) => {
      const value = headers.get(name)
      return value === null ? [] : [`${name}: ${value}`]
    })
    .join('   ')
}

function indent(text: string): string {
  return text.replace(/^/gm, '   ')
}
