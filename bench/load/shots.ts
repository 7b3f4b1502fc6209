import { models } from '../upstream/models.ts'
import type { Shot } from './types.ts'

/** The sizes of request bodies, as their names say. */
export const bodySizes = { '0.2 KB': 200, '10 KB': 10_000, '200 KB': 200_000 } as const
export type BodySize = keyof typeof bodySizes

/** What is asked for. `crossing` = a chat completion that a Messages API answers. */
export type Call = {
  readonly size: BodySize
  readonly kind: 'native' | 'crossing'
  readonly stream?: 'at once' | 'paced'
}

/** Where and how one contestant wants to be asked. */
export type Door = {
  readonly url: string
  readonly path: string
  /** Of a native call, and of a crossing. */
  readonly headers: Readonly<Record<Call['kind'], Readonly<Record<string, string>>>>
  /** What stands before the model's name in a crossing. */
  readonly crossingPrefix: string
}

/** The request as the bytes that go onto the wire, made once. */
export function createShot(door: Door, call: Call): Shot {
  const { hostname, port } = new URL(door.url)
  const body = Buffer.from(bodyOf(call, door))
  const headers = {
    host: `${hostname}:${port}`,
    'content-type': 'application/json',
    'content-length': String(body.byteLength),
    ...door.headers[call.kind],
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `POST ${door.path} HTTP/1.1\r\n${lines.join('')}\r\n`
  return {
    host: hostname,
    port: Number(port),
    bytes: Buffer.concat([Buffer.from(head), body]),
    stream: call.stream !== undefined,
  }
}

function bodyOf({ size, kind, stream }: Call, door: Door): string {
  const native = stream === 'paced' ? models.paced : models.chat
  const least = {
    model: kind === 'crossing' ? `${door.crossingPrefix}${models.messages}` : native,
    messages: [
      { role: 'system', content: 'You are a helpful assistant.' },
      { role: 'user', content: 'Say something about queues, please.' },
    ],
    ...(stream !== undefined && { stream: true }),
    max_tokens: 300,
  }
  const filler = bodySizes[size] - JSON.stringify(least).length
  if (filler <= 0) return JSON.stringify(least)
  const [system, user] = least.messages
  // Prose with what JSON must escape, as a prompt has it.
  const prose = 'A line of a "long" prompt,\nas people paste them. '
  const content = `${user?.content}${prose.repeat(Math.ceil(filler / prose.length)).slice(0, filler)}`
  return JSON.stringify({ ...least, messages: [system, { ...user, content }] })
}
