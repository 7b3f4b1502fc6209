import assert from 'node:assert/strict'

/** A chat request on one surface, and how to tell its answer from any other's. */
export type Ask = {
  readonly title: string
  readonly path: string
  readonly model: string
  /** What the last event of a whole stream holds. */
  readonly lastEvent: string
}

export const asks: readonly Ask[] = [
  {
    title: 'OpenAI surface',
    path: '/openai/v1/chat/completions',
    model: 'gpt-4o-mini',
    lastEvent: 'data: [DONE]',
  },
  {
    title: 'Anthropic surface',
    path: '/anthropic/v1/messages',
    model: 'claude-3-sonnet-20240229',
    lastEvent: '"type":"message_stop"',
  },
  {
    title: 'OpenAI surface, Anthropic provider',
    path: '/openai/v1/chat/completions',
    model: 'anthropic/claude-3-sonnet-20240229',
    lastEvent: 'data: [DONE]',
  },
  {
    title: 'Anthropic surface, OpenAI provider',
    path: '/anthropic/v1/messages',
    model: 'openai/gpt-4o-mini',
    lastEvent: '"type":"message_stop"',
  },
]

let asked = 0

/** Asks once; throws unless the answer is 200, whole, and this request's own: the simulation says the nonce back. */
export async function ask(url: string, { path, model, lastEvent }: Ask, stream: boolean): Promise<void> {
  const nonce = `nonce-${++asked}-end`
  const response = await post(`${url}${path}`, { ...body(model, `Say ${nonce}`), stream })
  const text = await response.text()
  assert.equal(response.status, 200, `${path} answered ${response.status}: ${text}`)
  assert.ok(stream ? text.includes(lastEvent) : isJson(text), `${path}: not a whole answer: ${text}`)
  const said = stream ? joinedText(text) : text
  assert.ok(said.includes(nonce), `${path}: not the answer to this request: ${text}`)
}

/** The beginning of a stream whose provider falls silent in the middle; then the client goes away. */
export async function firstBytesOfSilentStream(url: string): Promise<string> {
  const request = { ...body('gpt-4o-mini-simulated-stall-mid-stream', 'Say a few words'), stream: true }
  const response = await post(`${url}/openai/v1/chat/completions`, request)
  assert.equal(response.status, 200)
  const reader = response.body?.getReader() ?? assert.fail('the answer has no body')
  const { value } = await reader.read()
  await reader.cancel()
  assert.ok(value !== undefined, 'the stream ended without a byte')
  return Buffer.from(value).toString()
}

/** A body with a text of so many bytes; returns the status and the error's code. */
export async function askWithBytes(
  url: string,
  bytes: number,
): Promise<{ readonly status: number; readonly code: unknown }> {
  const response = await post(`${url}/openai/v1/chat/completions`, body('gpt-4o-mini', 'x'.repeat(bytes)))
  const answer = (await response.json()) as { readonly error?: { readonly code?: unknown } }
  return { status: response.status, code: answer.error?.code }
}

async function post(url: string, value: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
    signal: AbortSignal.timeout(60_000),
  })
}

function body(model: string, text: string): object {
  return { model, max_tokens: 100, messages: [{ role: 'user', content: text }] }
}

function isJson(text: string): boolean {
  return typeof JSON.parse(text) === 'object'
}

/** The text deltas of either wire, put together. */
function joinedText(events: string): string {
  const parts = [...events.matchAll(/"(?:content|text)":("(?:[^"\\]|\\.)*")/g)]
  return parts.map((match) => JSON.parse(match[1] ?? '""')).join('')
}
