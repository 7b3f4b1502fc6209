import { isUtf8 } from 'node:buffer'
import type { ChunkFrame, EndFrame, Frame, HeadFrame, Target } from '#contract'

/** A whole answer as it is kept and replayed: pieces as they came, so that a stream is one again. */
export type Entry = {
  readonly head: HeadFrame
  readonly chunks: readonly ChunkFrame[]
  readonly end: EndFrame
}

/** Text where the bytes are text, which is shorter than base64 and can be read in the store. */
type StoredChunk = string | { readonly base64: string }
type StoredEntry = {
  readonly version: number
  readonly head: HeadFrame
  readonly chunks: readonly StoredChunk[]
  readonly end: EndFrame
}

const version = 1

/** True of one call and nothing that comes later. */
const ofOneCall =
  /^(?:x-ratelimit-|anthropic-ratelimit-|openai-processing-ms$|request-id$|x-amzn-requestid$|retry-after$)/

/**
 * The frames of an answer as an entry, or undefined where it must not be kept: it failed, the provider refused, it is not
 * whole, or it is not the first target's (which may be back by the next time it is asked for). Nobody is called for a replay, so it lists no attempt and no wait.
 */
export function entryOf(frames: readonly Frame[], target: Target | undefined): Entry | undefined {
  let head: HeadFrame | undefined
  const chunks: ChunkFrame[] = []
  for (const frame of frames) {
    if (frame.type === 'head') head = frame
    else if (frame.type === 'chunk') chunks.push(frame)
    else if (frame.type === 'fail') return undefined
    else if (frame.type === 'end') {
      if (head === undefined || !isKept(head, target)) return undefined
      return { head: replayedHead(head), chunks, end: { ...frame, attempts: [] } }
    }
  }
  return undefined
}

/** Whether an answer with this head can become an entry. */
export function isKept(head: HeadFrame, target: Target | undefined): boolean {
  const { provider, model } = head.target
  return head.status === 200 && provider === target?.provider && model === target.model
}

function replayedHead(head: HeadFrame): HeadFrame {
  const headers = Object.entries(head.headers).filter(([name]) => !ofOneCall.test(name))
  return { ...head, headers: Object.fromEntries(headers), attempts: [], queueMs: 0 }
}

/** All frames, for a reader who was not there. */
export function framesOf({ head, chunks, end }: Entry): readonly Frame[] {
  return [head, ...chunks, end]
}

export function encodeEntry({ head, chunks, end }: Entry): string {
  const stored: StoredEntry = { version, head, chunks: chunks.map(({ bytes }) => encodeChunk(bytes)), end }
  return JSON.stringify(stored)
}

/** Undefined for what this build did not write. */
export function decodeEntry(text: string): Entry | undefined {
  const stored = parse(text)
  if (stored?.version !== version) return undefined
  const { head, chunks, end } = stored
  return { head, chunks: chunks.map((chunk) => ({ type: 'chunk', bytes: decodeChunk(chunk) })), end }
}

function encodeChunk(bytes: Uint8Array): StoredChunk {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // A piece may end inside a character.
  return isUtf8(buffer) ? buffer.toString('utf8') : { base64: buffer.toString('base64') }
}

function decodeChunk(chunk: StoredChunk): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.base64, 'base64')
}

function parse(text: string): StoredEntry | undefined {
  try {
    return JSON.parse(text) as StoredEntry
  } catch {
    return undefined
  }
}
