import { randomBytes } from 'node:crypto'

/** By what a stream is known to have come to its end: what its last bytes hold. */
export const streamEnds = {
  chat: 'data: [DONE]',
  messages: '"message_stop"',
  generate: '"finishReason"',
  responses: '"total_tokens"',
} as const

/** One request as the bytes that go onto the wire, and what becomes of it. */
export type Ask = {
  readonly bytes: Buffer
  readonly streamEnd: string | undefined
  readonly leaves: Leaving | undefined
  /** A header of the answer that is part of the outcome. */
  readonly header: string | undefined
}

/** When the caller leaves: with the first piece of the answer, or so long after asking. */
export type Leaving = 'first piece' | { readonly afterMs: number }

/** What a kind of request varies. */
export type Draft = {
  readonly method?: string
  readonly path: string
  readonly body?: object | string
  /** Of the messages, which the body is then without. */
  readonly size?: keyof typeof fillers
  readonly streamEnd?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly leaves?: Leaving
  readonly header?: string
}

const prose = 'A line of a "long" prompt,\nas people paste them. '
/** The rest of a body, behind its other members: messages of that size. */
function filler(bytes: number): Buffer {
  const messages = [{ role: 'user', content: prose.repeat(Math.ceil(bytes / prose.length)) }]
  return Buffer.from(`,"messages":${JSON.stringify(messages)}}`)
}
const fillers = { '10 KB': filler(10_000), '200 KB': filler(200_000) } as const

const run = randomBytes(6).toString('hex')
let made = 0

/** Never the same twice, over all runs: what a caller may put into headers and bodies. */
export function unique(): string {
  made += 1
  return `${run}-${made.toString(36)}`
}

/** Of so many who come again and again; the others come once. */
const regulars = 50
const someone = (share: number, name: string) =>
  Math.random() < share ? `${name}-${Math.floor(Math.random() * regulars)}` : `${name}-${unique()}`

/**
 * Every request is somebody's, of some session, with an id. One key in ten is never seen again: all that come within a minute
 * are counted for that long, so more of them would show how the rate of requests moves.
 */
export function createAsk(host: string, draft: Draft): Ask {
  const body = bodyOf(draft)
  const headers: Record<string, string> = {
    host,
    'content-type': 'application/json',
    'content-length': String(body.byteLength),
    authorization: `Bearer sk-${someone(0.9, 'caller')}`,
    'x-request-id': unique(),
    'x-bifrost-session-id': someone(0.5, 'session'),
    'user-agent': `soak/${unique()}`,
    'openai-organization': someone(0.5, 'org'),
    'x-trace-id': unique(),
    ...draft.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `${draft.method ?? 'POST'} ${draft.path} HTTP/1.1\r\n${lines.join('')}\r\n`
  return {
    bytes: Buffer.concat([Buffer.from(head), body]),
    streamEnd: draft.streamEnd,
    leaves: draft.leaves,
    header: draft.header,
  }
}

function bodyOf({ body, size }: Draft): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  if (size === undefined) return Buffer.from(text)
  return Buffer.concat([Buffer.from(text.slice(0, -1)), fillers[size]])
}
