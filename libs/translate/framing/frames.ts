import type { ProviderStreamFormat, StreamFormat, StreamFrame } from '#contract'
import {
  createEventStreamDecoder,
  createEventStreamEncoder,
  createEventStreamScanner,
} from './aws-event-stream.ts'
import { createJsonArrayEncoder, encodeLastItems } from './json-array.ts'
import { createSseDecoder, createSseScanner, encodeSse, type SseScanner } from './sse.ts'

/** Bytes → frames. `end` gives what is left of a stream whose last frame was not closed. */
export type FrameDecoder = { push(bytes: Uint8Array): StreamFrame[]; end(): StreamFrame[] }

/** Frames → bytes. `end` gives what closes a stream. */
export type FrameEncoder = { push(frames: readonly StreamFrame[]): Uint8Array; end(): Uint8Array }

/** The content type that says how a stream is framed. */
export const streamContentType: Readonly<Record<StreamFormat, string>> = {
  sse: 'text/event-stream; charset=utf-8',
  'aws-event-stream': 'application/vnd.amazon.eventstream',
  'json-array': 'application/json; charset=utf-8',
}

const nothing = new Uint8Array(0)

export function createFrameDecoder(format: ProviderStreamFormat): FrameDecoder {
  switch (format) {
    case 'sse':
      return createSseDecoder()
    case 'aws-event-stream':
      return createEventStreamDecoder()
  }
}

/** Finds the frames in pushed bytes, for those who pass the bytes on. */
export type FrameScanner = SseScanner

export function createFrameScanner(format: ProviderStreamFormat): FrameScanner {
  switch (format) {
    case 'sse':
      return createSseScanner()
    case 'aws-event-stream':
      return createEventStreamScanner()
  }
}

export function createFrameEncoder(format: StreamFormat): FrameEncoder {
  switch (format) {
    case 'sse':
      return { push: encodeSse, end: () => nothing }
    case 'aws-event-stream':
      return createEventStreamEncoder()
    case 'json-array':
      return createJsonArrayEncoder()
  }
}

/** The bytes that end a stream of which frames have gone out already, by whoever did not write those: an error. */
export function encodeLastFrames(format: StreamFormat, frames: readonly StreamFrame[]): Uint8Array {
  return format === 'json-array' ? encodeLastItems(frames) : createFrameEncoder(format).push(frames)
}
