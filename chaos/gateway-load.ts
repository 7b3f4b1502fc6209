import { randomUUID } from 'node:crypto'
import { Agent, type IncomingHttpHeaders, request } from 'node:http'

/** What one request of the load got, by the oracle's words. */
export type Outcome = {
  readonly nonce: string
  /** `answer`: whole and its own. `error`: one clear error. `mixup`: somebody else's answer. `broken`: neither. */
  readonly kind: 'answer' | 'error' | 'mixup' | 'broken'
  readonly status: number
  readonly code: string | undefined
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** Of the answer. */
  readonly headers: IncomingHttpHeaders
}

export type Way = {
  readonly path: string
  readonly model: string
  readonly stream: boolean
  /** Sent beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>>
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

/** Sends one chat with a nonce in it and judges what comes back. Never rejects, never hangs beyond `limitMs`. */
export async function ask(url: string, way: Way, limitMs: number): Promise<Outcome> {
  const nonce = randomUUID()
  const startedAtMs = performance.now()
  const answered = await post(`${url}${way.path}`, {
    body: bodyOf(way, nonce),
    headers: way.headers,
    limitMs,
  })
  const { headers } = answered
  return { nonce, startedAtMs, endedAtMs: performance.now(), headers, ...judge(answered, nonce, way) }
}

function bodyOf(way: Way, nonce: string): string {
  const messages = [{ role: 'user', content: `nonce ${nonce}` }]
  return JSON.stringify({ model: way.model, max_tokens: 200, stream: way.stream, messages })
}

type Answered = Pick<Outcome, 'status' | 'headers'> & { readonly text: string; readonly whole: boolean }

function post(
  url: string,
  { body, limitMs, ...more }: { body: string; headers: Way['headers']; limitMs: number },
): Promise<Answered> {
  return new Promise((resolve) => {
    const length = Buffer.byteLength(body)
    const headers = { 'content-type': 'application/json', 'content-length': length, ...more.headers }
    const call = request(url, { method: 'POST', agent, headers }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('close', () => {
        const text = Buffer.concat(pieces).toString()
        const { headers: said, complete: whole } = response
        resolve({ status: response.statusCode ?? 0, headers: said, text, whole })
      })
    })
    call.setTimeout(limitMs, () => call.destroy(new Error('hang')))
    call.on('error', () => resolve({ status: 0, headers: {}, text: '', whole: false }))
    call.end(body)
  })
}

function judge(answered: Answered, nonce: string, way: Way): Pick<Outcome, 'kind' | 'status' | 'code'> {
  const { status, text, whole } = answered
  const code = /"code":"?([a-z_]+)/.exec(text)?.[1] ?? /"type":"([a-z]+_error)"/.exec(text)?.[1]
  if (!whole) return { kind: 'broken', status, code }
  if (status >= 400 || /"error":\{|event: error/.test(text)) return { kind: 'error', status, code }
  const said = way.stream ? spoken(text) : text
  if (said.includes(nonce)) return { kind: 'answer', status, code: undefined }
  return { kind: /[0-9a-f]{8}-[0-9a-f]{4}/.test(said) ? 'mixup' : 'broken', status, code }
}

/** The text of a stream on either wire, its deltas joined. */
function spoken(text: string): string {
  const natural = text.includes('[DONE]') || text.includes('message_stop')
  if (!natural) return ''
  let whole = ''
  for (const line of text.split('\n')) {
    if (!line.startsWith('data: {')) continue
    const event = JSON.parse(line.slice(6)) as {
      choices?: { delta?: { content?: string } }[]
      delta?: { text?: string }
    }
    whole += event.choices?.[0]?.delta?.content ?? event.delta?.text ?? ''
  }
  return whole
}

/** Both surfaces, native and crossing, unary and streamed. */
export const ways: readonly Way[] = [false, true].flatMap((stream) => [
  { path: '/openai/v1/chat/completions', model: 'gpt-4o-mini-simulated-slow-300ms', stream },
  { path: '/anthropic/v1/messages', model: 'claude-3-haiku-20240307-simulated-slow-300ms', stream },
  {
    path: '/openai/v1/chat/completions',
    model: 'anthropic/claude-3-haiku-20240307-simulated-slow-300ms',
    stream,
  },
  { path: '/anthropic/v1/messages', model: 'openai/gpt-4o-mini-simulated-slow-300ms', stream },
])
