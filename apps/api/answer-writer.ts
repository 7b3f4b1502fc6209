import { once } from 'node:events'
import type { Draft, StreamFormat } from '#contract'
import { streamContentType } from '#translate'
import { endAfterUpload } from './end-after-upload.ts'
import type { Exchange } from './exchange.ts'
import { answerHeaders } from './response-headers.ts'

/** How much of a body that is no stream is held back, so that it goes out whole or becomes a clean error. */
const maxHeldBytes = 262_144

const empty = new Uint8Array(0)

/**
 * One answer on its way out.
 *
 *   empty   → head()  → held      nothing is written yet
 *   held    → chunk() → held      a whole body gathers, up to 256 KiB
 *   held    → chunk() → started   above that
 *   held    → flush() → started   a stream starts at the end of the batch that brought its head, and so does a body that is
 *                                 passed on and is no JSON: a sound is listened to while it comes
 *   held    → end()   → ended     one write, with its length
 *   held    → startStream() → started   a stream of which a byte was received, and that fails in the same batch
 *   empty   → comment() → started   a stream that waits is begun before its answer is known
 *   started → head()  → started     … whose status and headers then come too late
 *   started → chunk() → started
 *   started → end()   → ended
 */
export type AnswerWriter = {
  /** True when the head has gone out: then an error has no status any more. */
  readonly started: boolean
  /** True for the stream that was asked for, of whatever format. */
  readonly streaming: boolean
  /** Begins a stream of events that has nothing to say yet, or says again that it waits. */
  comment(text: string): void
  head(status: number, headers: Readonly<Record<string, string>>): void
  chunk(bytes: Uint8Array): void
  /** Sends what must not wait for more. */
  flush(): void
  /** The last of what was given to be sent: two pieces, of which one may end inside an event. */
  sent(): Uint8Array
  end(): void
  /** Begins the answer with what is held, if it is a stream of which at least one byte was received. */
  startStream(): void
  /** Ends a stream with frames, events on a line of their own even if the stream was cut inside one. */
  endWithFrames(format: StreamFormat, frames: Uint8Array): void
  /** The caller's socket takes no more at the moment. */
  readonly full: boolean
  /**
   * Resolves when the caller's socket takes more, or the exchange is over. A socket that stays full for `clientStallMs`
   * is cut.
   */
  writable(): Promise<void>
}

export function createAnswerWriter(
  exchange: Exchange,
  options: { readonly clientStallMs: number },
): AnswerWriter {
  const { request, response } = exchange
  let status = 0
  let vendorHeaders: Readonly<Record<string, string>> | undefined
  let held: Uint8Array[] = []
  let heldBytes = 0
  const tail = createTail()

  /** Goes out piece by piece as it comes. */
  let eager = false

  const writeHead = (length: number | undefined) => {
    writer.started = true
    exchange.facts.status = status
    response.writeHead(
      status,
      headersOf(exchange, { status, vendor: vendorHeaders ?? {}, streaming: writer.streaming, length }),
    )
  }
  const writeHeld = () => {
    for (const bytes of held) writer.full = !response.write(bytes)
    held = []
  }
  const start = () => {
    writeHead(undefined)
    writeHeld()
    response.flushHeaders()
  }
  const writer: Draft<AnswerWriter> = {
    started: false,
    streaming: false,
    full: false,
    comment(text) {
      if (!writer.started) {
        status = 200
        vendorHeaders = { 'content-type': streamContentType.sse }
        writer.streaming = true
        eager = true
        start()
      }
      if (!writer.full) writer.full = !response.write(text)
    },
    head(answerStatus, vendor) {
      if (writer.started) return
      status = answerStatus
      vendorHeaders = vendor
      const good = answerStatus < 300
      // What is passed on is what its type says; a route that knows its answers knows its streams.
      const type = exchange.route.passthrough === undefined ? undefined : (vendor['content-type'] ?? '')
      writer.streaming = good && (type === undefined ? exchange.facts.stream === true : isEventStream(type))
      eager = writer.streaming || (good && type !== undefined && !isJson(type))
    },
    chunk(bytes) {
      if (bytes.byteLength === 0) return
      tail.push(bytes)
      if (writer.started) {
        writer.full = !response.write(bytes)
        return
      }
      held.push(bytes)
      heldBytes += bytes.byteLength
    },
    flush() {
      if (writer.started || vendorHeaders === undefined) return
      if (!eager && heldBytes <= maxHeldBytes) return
      start()
    },
    sent: tail.bytes,
    startStream() {
      if (!writer.started && writer.streaming && heldBytes > 0) start()
    },
    end() {
      if (writer.started) {
        endAfterUpload(request, response)
        return
      }
      const [only] = held
      const body = only !== undefined && held.length === 1 ? only : Buffer.concat(held, heldBytes)
      writeHead(body.byteLength)
      endAfterUpload(request, response, body)
    },
    endWithFrames(format, frames) {
      if (format === 'sse' && tail.insideEvent()) response.write('\n\n')
      response.end(frames)
    },
    async writable() {
      if (!writer.full) return
      writer.full = false
      await roomOrOver(exchange, options.clientStallMs)
    },
  }
  return writer
}

function headersOf(
  exchange: Exchange,
  head: {
    readonly status: number
    readonly vendor: Readonly<Record<string, string>>
    readonly streaming: boolean
    readonly length: number | undefined
  },
): Record<string, string> {
  const { status, vendor, streaming, length } = head
  const headers = answerHeaders(exchange, vendor)
  if (!exchange.request.complete) headers['connection'] = 'close'
  // Of a body that goes out before it is whole the vendor may know the length.
  const known = length === undefined && !streaming ? vendor['content-length'] : length
  if (known !== undefined) headers['content-length'] = String(known)
  if (streaming) {
    headers['cache-control'] ??= 'no-cache'
    // nginx gathers an answer before it passes it on, unless told not to.
    headers['x-accel-buffering'] = 'no'
  }
  // A vendor's own refusal may lack the header that the contract promises with these.
  if (status === 429 || status === 503) headers['retry-after'] ??= '1'
  return headers
}

function isEventStream(type: string): boolean {
  return type.startsWith('text/event-stream')
}

function isJson(type: string): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/.test(type)
}

/** The last two pieces of an answer. */
function createTail() {
  let last: Uint8Array = empty
  let beforeLast: Uint8Array = empty
  return {
    push(bytes: Uint8Array): void {
      beforeLast = last
      last = bytes
    },
    bytes: (): Uint8Array => Buffer.concat([beforeLast, last]),
    /** Server-sent events end with an empty line. */
    insideEvent(): boolean {
      const text = Buffer.from(last.subarray(-4)).toString('latin1')
      return last.byteLength > 0 && !/(?:\n\n|\r\n\r\n|\r\r)$/.test(text)
    },
  }
}

async function roomOrOver(exchange: Exchange, stallMs: number): Promise<void> {
  const { response } = exchange
  if (exchange.aborted !== undefined || response.closed || !response.writableNeedDrain) return
  const waiting = new AbortController()
  const timer = setTimeout(() => response.destroy(), stallMs)
  try {
    await Promise.race([
      once(response, 'drain', { signal: waiting.signal }),
      once(response, 'close', { signal: waiting.signal }),
    ])
  } finally {
    clearTimeout(timer)
    waiting.abort()
  }
}
