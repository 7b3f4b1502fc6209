import { EventStreamCodec, type MessageHeaders } from '@smithy/eventstream-codec'
import type { StreamFrame } from '#contract'
import { crc32 } from './crc32.ts'

/*
 * One message of an Amazon event stream (application/vnd.amazon.eventstream), big-endian:
 *
 *   0             total length, 4 bytes
 *   4             length of the headers, 4 bytes
 *   8             CRC-32 of the bytes before
 *   12            headers
 *   …             payload
 *   total - 4     CRC-32 of all bytes before
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html, and the headers `:message-type`
 * (`event`, `exception`, `error`), `:event-type`, `:exception-type`, `:error-code`, `:error-message` of
 * https://smithy.io/2.0/aws/amazon-eventstream.html. The library reads and writes headers; they repeat from message to
 * message, so the last ones read and all those written are remembered, and then only the checksums are left to do.
 */

const preludeBytes = 12
const checksumBytes = 4
/** The shortest message: no headers, no payload. */
export const shortestMessageBytes = preludeBytes + checksumBytes

const codec = new EventStreamCodec(
  (bytes) =>
    typeof bytes === 'string'
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
  (text) => Buffer.from(text),
)

/** What the headers of a message say: its frame without data. */
type Kind = {
  readonly event?: string
  readonly exception?: true
  /** The text of an unmodelled error, which stands in a header. */
  readonly errorMessage?: string
}

/** Reads whole messages; throws an Error for one whose lengths, checksums or headers are wrong. */
export type MessageReader = (message: Buffer) => StreamFrame

export function createMessageReader(): MessageReader {
  let lastHeaders: Buffer | undefined
  let lastKind: Kind = {}
  return (message) => {
    const headersEnd = preludeBytes + message.readUInt32BE(4)
    const payloadEnd = message.length - checksumBytes
    const known =
      lastHeaders !== undefined &&
      headersEnd - preludeBytes === lastHeaders.length &&
      lastHeaders.compare(message, preludeBytes, headersEnd) === 0
    if (known) {
      checkSums(message)
    } else {
      lastKind = kindOf(codec.decode(message).headers)
      lastHeaders = Buffer.from(message.subarray(preludeBytes, headersEnd))
    }
    return frameOf(lastKind, message.toString('utf8', headersEnd, payloadEnd))
  }
}

function checkSums(message: Buffer): void {
  const end = message.length - checksumBytes
  if (message.readUInt32BE(8) !== crc32(message, 0, 8))
    throw new Error('the checksum of the prelude is wrong')
  if (message.readUInt32BE(end) !== crc32(message, 0, end)) throw new Error('the checksum is wrong')
}

function kindOf(headers: MessageHeaders): Kind {
  const text = (name: string) => {
    const header = headers[name]
    return header?.type === 'string' ? header.value : undefined
  }
  const named = (name: string | undefined) => (name === undefined ? {} : { event: name })
  switch (text(':message-type')) {
    case 'exception':
      return { ...named(text(':exception-type')), exception: true }
    case 'error':
      return {
        ...named(text(':error-code')),
        exception: true,
        errorMessage: text(':error-message') ?? '',
      }
    default:
      return named(text(':event-type'))
  }
}

function frameOf(kind: Kind, payload: string): StreamFrame {
  const { event, exception, errorMessage } = kind
  const data = errorMessage === undefined ? payload : JSON.stringify({ message: errorMessage })
  if (exception !== true) return event === undefined ? { data } : { event, data }
  return event === undefined ? { data, exception } : { event, data, exception }
}

/** Header bytes by frame name: wires have about a dozen. */
const headersOf = new Map<string, Uint8Array>()
const mostRemembered = 64

/** A frame as one message; its data is JSON. */
export function encodeMessage(frame: StreamFrame): Buffer {
  const headers = formatHeaders(frame)
  const headersEnd = preludeBytes + headers.length
  const payloadBytes = Buffer.byteLength(frame.data)
  const message = Buffer.allocUnsafe(headersEnd + payloadBytes + checksumBytes)
  message.writeUInt32BE(message.length, 0)
  message.writeUInt32BE(headers.length, 4)
  message.writeUInt32BE(crc32(message, 0, 8), 8)
  message.set(headers, preludeBytes)
  message.write(frame.data, headersEnd, 'utf8')
  const end = headersEnd + payloadBytes
  message.writeUInt32BE(crc32(message, 0, end), end)
  return message
}

function formatHeaders(frame: StreamFrame): Uint8Array {
  const key = `${frame.exception === true ? '!' : ''}${frame.event ?? ''}`
  const known = headersOf.get(key)
  if (known !== undefined) return known
  const kind = frame.exception === true ? 'exception' : 'event'
  const text = (value: string) => ({ type: 'string' as const, value })
  const headers = codec.formatHeaders({
    [`:${kind}-type`]: text(frame.event ?? 'unknown'),
    ':content-type': text('application/json'),
    ':message-type': text(kind),
  })
  if (headersOf.size < mostRemembered) headersOf.set(key, headers)
  return headers
}
