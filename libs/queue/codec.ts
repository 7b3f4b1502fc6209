import { isUtf8 } from 'node:buffer'
import {
  type Control,
  type Frame,
  GatewayError,
  isJsonObject,
  type JobHeader,
  type JsonObject,
  jobVersion,
} from '#contract'

/** Which run of which hop a frame belongs to. */
export type RunKey = { readonly requestId: string; readonly hop: number; readonly run: number }

/** Consecutive frames of one run, numbered from `from`, and the worker that holds them until they are acknowledged. */
export type FrameBatch = RunKey & {
  readonly worker: string
  readonly from: number
  readonly frames: readonly Frame[]
}

/** What BullMQ stores of a job: `header` always, `body` when it is small and text, else it lies under a key of its own. */
export type JobData = {
  readonly header: JobHeader
  readonly body?: string
  /** More follows the body: the worker asks the API pod for it. */
  readonly upload?: true
  /** Its place counts towards its tenant's share. */
  readonly shared?: true
}

/** Bodies above this many bytes travel beside the job: inside its JSON each would be escaped and unescaped. */
export const inlineBodyLimitBytes = 16 * 1024

/** The body as job data holds it, or undefined when it must lie under its own key. */
export function encodeInlineBody(body: Uint8Array): string | undefined {
  if (body.byteLength > inlineBodyLimitBytes || !isUtf8(body)) return undefined
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
}

/** Reads a header; throws `mismatch` for a version that this build does not know. */
export function decodeHeader(value: unknown): JobHeader {
  const version = isJsonObject(value) ? value['version'] : undefined
  if (version === jobVersion) return value as unknown as JobHeader
  throw new GatewayError({
    kind: 'mismatch',
    code: 'version_mismatch',
    message: `This worker reads job version ${jobVersion} and was given ${String(version)}; run one build on all pods.`,
  })
}

/** First byte of a message of frames. */
const frameFormat = 1

/**
 * Batches → one message: for each batch a 4-byte length, a JSON head, then the bytes of its chunks in order.
 * In the head a chunk is its length, every other frame is itself.
 */
export function encodeBatches(batches: readonly FrameBatch[]): Buffer {
  const pieces: Uint8Array[] = [Uint8Array.of(frameFormat)]
  for (const batch of batches) {
    const bytes: Uint8Array[] = []
    const frames = batch.frames.map((frame) => {
      if (frame.type !== 'chunk') return frame
      bytes.push(frame.bytes)
      return frame.bytes.byteLength
    })
    const head = Buffer.from(JSON.stringify({ ...batch, frames }))
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(head.byteLength)
    pieces.push(length, head, ...bytes)
  }
  return Buffer.concat(pieces)
}

/** One message → batches; chunk bytes are views into the message. Throws on a message that is not ours. */
export function decodeBatches(message: Buffer): readonly FrameBatch[] {
  const batches: FrameBatch[] = []
  if (message[0] !== frameFormat)
    throw new Error(`frames of format ${message[0]} cannot be read by this build`)
  let position = 1
  while (position < message.byteLength) {
    const headEnd = position + 4 + message.readUInt32BE(position)
    const head = JSON.parse(message.toString('utf8', position + 4, headEnd)) as EncodedBatch
    position = headEnd
    const frames = head.frames.map((frame): Frame => {
      if (typeof frame !== 'number') return frame
      const bytes = message.subarray(position, position + frame)
      position += frame
      return { type: 'chunk', bytes }
    })
    batches.push({ ...head, frames })
  }
  return batches
}

type EncodedBatch = Omit<FrameBatch, 'frames'> & { readonly frames: readonly (Frame | number)[] }

/** What travels on a worker's control channel: the messages of one tick. `pod` asks for all that is due to it. */
export type ControlMessage = Control | { readonly type: 'resend-all'; readonly pod: string }

/**
 * Worker → API, on the pod's control channel: what of an upload was consumed, which is the pod's credit. The first one
 * tells the pod who reads. `from`: frames from there on have not come, or nothing has for a while.
 */
export type UploadAsk = RunKey & {
  readonly type: 'upload'
  readonly worker: string
  readonly next: number
  readonly from?: number
}

export function encodeControl(messages: readonly (ControlMessage | UploadAsk)[]): string {
  return JSON.stringify(messages)
}

export function decodeControl(text: string): readonly (ControlMessage | UploadAsk)[] {
  const messages: unknown = JSON.parse(text)
  if (!Array.isArray(messages)) throw new Error('a control message is a list')
  return messages as (ControlMessage | UploadAsk)[]
}

/** A header through the codec and back, for the memory broker's suite. */
export function roundTripHeader(header: JobHeader): JobHeader {
  return decodeHeader(JSON.parse(JSON.stringify(header)) as JsonObject)
}
