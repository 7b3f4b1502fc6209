import { GatewayError, isJsonObject, type JsonObject } from '#contract'
import type { UpstreamResponse } from '#providers'
import type { Exchange } from './lane.ts'

/** The longest whole answer that is read. */
export const longestAnswerBytes = 32 * 1024 * 1024

/** Reads a whole body. Throws `upstream-failed` (`upstream_answer_too_large`) above the limit and lets the socket go. */
export async function readWhole(
  body: AsyncIterable<Uint8Array>,
  limitBytes = longestAnswerBytes,
): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > limitBytes) throw tooLarge(limitBytes)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] !== undefined ? asBuffer(chunks[0]) : Buffer.concat(chunks, length)
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Reads a body that must be one JSON object; throws `upstream-failed` (`upstream_bad_response`) for any other. */
export async function readJson(
  response: UpstreamResponse,
  parse?: (text: string) => unknown,
): Promise<{ bytes: Buffer; json: JsonObject }> {
  const bytes = await readWhole(response.body)
  const json = parseObject(bytes.toString('utf8'), parse)
  if (json === undefined) throw badResponse(`${describeType(response)} that is not one JSON object`)
  return { bytes, json }
}

export function parseObject(
  text: string,
  parse: (text: string) => unknown = JSON.parse,
): JsonObject | undefined {
  try {
    const value = parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export type AnswerType = 'json' | 'event-stream' | 'html' | 'other'

/** What the content type says. `other` includes none at all: some servers send streams without one. */
export function answerType(response: Pick<UpstreamResponse, 'headers'>): AnswerType {
  const type = mediaType(response)
  if (type === 'text/event-stream' || type === 'application/vnd.amazon.eventstream') return 'event-stream'
  if (type === 'application/json' || type.endsWith('+json')) return 'json'
  return type === 'text/html' || type === 'application/xhtml+xml' ? 'html' : 'other'
}

function mediaType(response: Pick<UpstreamResponse, 'headers'>): string {
  return (response.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function describeType(response: Pick<UpstreamResponse, 'headers'>): string {
  const type = mediaType(response)
  return type === '' ? 'a body without a content type' : `a body of type ${type}`
}

/** Throws for an answer of status 2xx whose content type cannot be what was asked for. */
export function expectType(response: UpstreamResponse, wanted: 'json' | 'event-stream' | 'bytes'): void {
  const type = answerType(response)
  const fits = type === wanted || type === 'other'
  if (!fits) {
    throw badResponse(`${describeType(response)} where ${askedFor[wanted]} was asked for`)
  }
}

const askedFor = { json: 'JSON', 'event-stream': 'an event stream', bytes: 'sound or a picture' } as const

function badResponse(what: string): GatewayError {
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_bad_response',
    message: `The provider answered with ${what}. Check base_url and what stands between the gateway and the provider.`,
  })
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_answer_too_large',
    message: `The provider's answer is larger than ${limitBytes / (1024 * 1024)} MiB; ask for a stream or for less.`,
  })
}

/**
 * Reads a stream's body chunk by chunk under its deadline, and waits after each for `onChunk` and until the caller's side
 * has room.
 * Throws the deadline's reason, or the transport's error.
 */
export function readStream(exchange: Exchange, onChunk: OnChunk): Promise<void> {
  return readPieces(exchange, (bytes) => {
    exchange.deadline.streamStarted()
    return onChunk(bytes)
  })
}

/** What is done with a piece; the next one is not read before it is done. */
type OnChunk = (bytes: Uint8Array) => Promise<void> | undefined | void

/** The same for a body that is no stream: it must be whole within the request's own deadline. */
export async function readPieces(exchange: Exchange, onChunk: OnChunk): Promise<void> {
  const { response, answer, deadline } = exchange
  const reader = response.body[Symbol.asyncIterator]()
  try {
    for (;;) {
      deadline.waiting()
      const next = await reader.next()
      deadline.arrived()
      if (next.done === true) return
      const busy = onChunk(next.value)
      if (busy !== undefined) await busy
      if (!answer.hasRoom()) await answer.writable(deadline.signal)
      deadline.signal.throwIfAborted()
    }
  } finally {
    await reader.return?.()
  }
}

const stepBytes = 1024 * 1024

/**
 * Writes a whole body: at once, or under back-pressure where it is larger than a reader takes in one go. Rejects with the
 * reason of `signal` when it is aborted in between.
 */
export function writeWhole(
  answer: Exchange['answer'],
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> | undefined {
  if (bytes.length > stepBytes) return writeInSteps(answer, bytes, signal)
  answer.body(bytes)
  return undefined
}

async function writeInSteps(
  answer: Exchange['answer'],
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  answer.body(bytes.subarray(0, stepBytes))
  for (let start = stepBytes; start < bytes.length; start += stepBytes) {
    await answer.writable(signal)
    signal.throwIfAborted()
    answer.body(bytes.subarray(start, start + stepBytes))
  }
}
