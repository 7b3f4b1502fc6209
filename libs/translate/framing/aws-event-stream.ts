import { GatewayError, type StreamFrame } from '#contract'
import { truncatedStream } from '../upstream-error.ts'
import { createMessageReader, encodeMessage, shortestMessageBytes } from './aws-message.ts'
import type { FrameDecoder, FrameEncoder, FrameScanner } from './frames.ts'
import type { BlockVisitor } from './sse.ts'

/*
 * Amazon's binary event stream, push style, on bytes.
 *
 *   state          entered                              left
 *   between        the start, a whole message           a byte: the next message begins
 *   in a message   its first byte                       its last one, told by its length: the frame is given out
 *
 * Bytes of an unfinished message are kept as the pieces they came in and joined once: when there are enough to read the
 * length, and when there are enough for all of it.
 */

/**
 * The longest message that is read. The format's own limit is 16 MiB of payload and 128 KiB of headers
 * (https://smithy.io/2.0/aws/amazon-eventstream.html).
 */
export const longestMessageBytes = 16 * 1024 * 1024 + 128 * 1024 + shortestMessageBytes

const lengthBytes = 4
const nothing = Buffer.alloc(0)

type State = {
  /** Pieces of the unfinished message. */
  held: Buffer[]
  heldBytes: number
  /** The unfinished message's length; 0 until it is known. */
  wanted: number
  readonly read: (message: Buffer) => StreamFrame
}

/** Throws `upstream-failed`: `upstream_malformed_stream` for a broken message, `upstream_line_too_long` beyond the limit. */
export function createEventStreamScanner(): FrameScanner {
  const state: State = { held: [], heldBytes: 0, wanted: 0, read: createMessageReader() }
  return {
    scan: (bytes, visit) => scan(state, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), visit),
    rest: () => {
      if (state.heldBytes > 0) throw truncatedStream('the end of a message')
      return undefined
    },
  }
}

export function createEventStreamDecoder(): FrameDecoder {
  const scanner = createEventStreamScanner()
  return {
    push: (bytes) => {
      const frames: StreamFrame[] = []
      scanner.scan(bytes, (block) => {
        if (typeof block === 'object') frames.push(block)
      })
      return frames
    },
    end: () => {
      scanner.rest()
      return []
    },
  }
}

export function createEventStreamEncoder(): FrameEncoder {
  return {
    push(frames) {
      const [only] = frames
      if (frames.length === 1 && only !== undefined) return encodeMessage(only)
      return Buffer.concat(frames.map(encodeMessage))
    },
    end: () => nothing,
  }
}

function scan(state: State, chunk: Buffer, visit: BlockVisitor): void {
  let at = finishHeld(state, chunk, visit)
  while (at !== -1 && chunk.length - at >= lengthBytes) {
    const length = readLength(chunk, at)
    if (chunk.length - at < length) {
      state.wanted = length
      break
    }
    visit(readMessage(state, chunk.subarray(at, at + length)), at + length)
    at += length
  }
  if (at !== -1 && at < chunk.length) hold(state, chunk.subarray(at))
}

/** Completes the message that earlier pushes began. Returns where reading goes on, -1 when all bytes went into it. */
function finishHeld(state: State, chunk: Buffer, visit: BlockVisitor): number {
  if (state.heldBytes === 0) return 0
  let at = 0
  if (state.wanted === 0) {
    at = Math.min(chunk.length, lengthBytes - state.heldBytes)
    hold(state, chunk.subarray(0, at))
    if (state.heldBytes < lengthBytes) return -1
    state.held = [Buffer.concat(state.held)]
    state.wanted = readLength(state.held[0] ?? nothing, 0)
  }
  const end = at + state.wanted - state.heldBytes
  if (end > chunk.length) {
    hold(state, chunk.subarray(at))
    return -1
  }
  const message = Buffer.concat([...state.held, chunk.subarray(at, end)], state.wanted)
  state.held = []
  state.heldBytes = 0
  state.wanted = 0
  visit(readMessage(state, message), end)
  return end
}

function hold(state: State, piece: Buffer): void {
  if (piece.length === 0) return
  state.held.push(piece)
  state.heldBytes += piece.length
}

function readLength(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at)
  if (length > longestMessageBytes) {
    throw new GatewayError({
      kind: 'upstream-failed',
      code: 'upstream_line_too_long',
      message: `The provider's stream holds a message of more than ${longestMessageBytes} bytes. Check that base_url points at an event stream.`,
    })
  }
  if (length < shortestMessageBytes) throw malformed(undefined)
  return length
}

function readMessage(state: State, message: Buffer): StreamFrame {
  try {
    return state.read(message)
  } catch (error) {
    throw malformed(error)
  }
}

function malformed(cause: unknown): GatewayError {
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_malformed_stream',
    message:
      "A message of the provider's event stream is damaged: its lengths, headers or checksums do not fit. Try again, or check what stands between the gateway and the provider.",
    cause,
  })
}
