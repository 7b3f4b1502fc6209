import { GatewayError, type StreamFrame } from '#contract'

/*
 * Server-sent events (WHATWG HTML, "Event stream interpretation"), push style, on bytes.
 *
 *   state        entered                               left
 *   in a line    a byte that ends no line              LF, CR or CRLF: the line is read
 *   after CR     CR was the last byte of a push        the next byte; an LF belongs to that CR
 *   in an event  a `data` line                         an empty line: the frame is given out
 *
 * Lines are cut on bytes and only then decoded: LF and CR never occur inside a UTF-8 sequence, so no byte split can
 * tear a character. Unfinished lines are kept as the pieces they came in and joined once.
 */

/** Longest line, without its end. Vendors' longest (a whole tool argument in one delta) stay far below. */
export const longestLineBytes = 1024 * 1024
/** Longest event: all lines of one block together. */
export const longestEventBytes = 16 * longestLineBytes

const lineFeed = 0x0a
const carriageReturn = 0x0d
const nothing = Buffer.alloc(0)

/**
 * Called at every end of a block; `end` is the position in the pushed bytes just after it. `no-data`: a block without
 * data (comments, keep-alives). `line-feed`: the LF of a CRLF that a push cut in two; it belongs to the block before.
 */
export type BlockVisitor = (block: StreamFrame | 'no-data' | 'line-feed', end: number) => void

/** Finds events in pushed bytes. Throws `upstream-failed` (`upstream_line_too_long`) beyond the limits. */
export type SseScanner = {
  scan(bytes: Uint8Array, visit: BlockVisitor): void
  /** The event that was begun and never ended by an empty line, at the end of the stream. */
  rest(): StreamFrame | undefined
}

type State = {
  /** Pieces of the unfinished line. */
  line: Buffer[]
  lineBytes: number
  eventBytes: number
  afterCarriageReturn: boolean
  /** Whether the CR that ended the last push ended a block, too. */
  blockEnded: boolean
  firstLine: boolean
  event: string | undefined
  data: string | undefined
  lastName: string
}

export function createSseScanner(): SseScanner {
  const state: State = {
    line: [],
    lineBytes: 0,
    eventBytes: 0,
    afterCarriageReturn: false,
    blockEnded: false,
    firstLine: true,
    event: undefined,
    data: undefined,
    lastName: '',
  }
  return {
    scan: (bytes, visit) => scan(state, bytes, visit),
    rest: () => {
      if (state.lineBytes > 0) readLine(state, nothing, 0, 0)
      return takeFrame(state)
    },
  }
}

/** Bytes → frames. `end` gives the last frame of a stream whose closing empty line is missing. */
export type SseDecoder = { push(bytes: Uint8Array): StreamFrame[]; end(): StreamFrame[] }

export function createSseDecoder(): SseDecoder {
  const scanner = createSseScanner()
  return {
    push: (bytes) => {
      const frames: StreamFrame[] = []
      scanner.scan(bytes, (block) => {
        if (typeof block === 'object') frames.push(block)
      })
      return frames
    },
    end: () => {
      const frame = scanner.rest()
      return frame === undefined ? [] : [frame]
    },
  }
}

/** Frames → bytes, in one buffer. */
export function encodeSse(frames: readonly StreamFrame[]): Uint8Array {
  let text = ''
  for (const frame of frames) text += printFrame(frame)
  return Buffer.from(text)
}

/**
 * An error that a wire marks as one has no space after the colon, which the standard leaves open: the Google client of
 * 2025 (@google/genai 1.8.0) knows no errors inside a stream and would take a frame in its own form for a part of a
 * good answer; at this one it throws. All other readers see no difference.
 */
function printFrame(frame: StreamFrame): string {
  if (frame.exception === true) return printFields(frame, 'data:')
  return printFields(frame, 'data: ')
}

function printFields(frame: StreamFrame, field: string): string {
  const name = frame.event === undefined ? '' : `event: ${frame.event}\n`
  const oneLine = !frame.data.includes('\n') && !frame.data.includes('\r')
  if (oneLine) return `${name}${field}${frame.data}\n\n`
  const lines = frame.data.split(/\r\n|\n|\r/).map((line) => `${field}${line}\n`)
  return `${name}${lines.join('')}\n`
}

function scan(state: State, bytes: Uint8Array, visit: BlockVisitor): void {
  const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = skipCutLineFeed(state, chunk, visit)
  let feed = chunk.indexOf(lineFeed, at)
  let carriage = chunk.indexOf(carriageReturn, at)
  while (feed !== -1 || carriage !== -1) {
    const byCarriage = isFirst(carriage, feed)
    const end = byCarriage ? carriage : feed
    state.afterCarriageReturn = byCarriage && end + 1 === chunk.length
    state.blockEnded = readLine(state, chunk, at, end)
    at = byCarriage && feed === end + 1 ? end + 2 : end + 1
    if (state.blockEnded) visit(takeFrame(state) ?? 'no-data', at)
    if (isBehind(feed, at)) feed = chunk.indexOf(lineFeed, at)
    if (isBehind(carriage, at)) carriage = chunk.indexOf(carriageReturn, at)
  }
  keepLine(state, chunk, at)
}

/** The LF of a CRLF that was cut in two belongs to the line before. Returns where reading goes on. */
function skipCutLineFeed(state: State, chunk: Buffer, visit: BlockVisitor): number {
  if (!state.afterCarriageReturn || chunk.length === 0) return 0
  state.afterCarriageReturn = false
  if (chunk[0] !== lineFeed) return 0
  if (state.blockEnded) visit('line-feed', 1)
  return 1
}

function isFirst(position: number, other: number): boolean {
  return position !== -1 && (other === -1 || position < other)
}

function isBehind(position: number, at: number): boolean {
  return position !== -1 && position < at
}

/** Keeps the unfinished line for the next push. */
function keepLine(state: State, chunk: Buffer, from: number): void {
  if (from >= chunk.length) return
  state.line.push(chunk.subarray(from))
  state.lineBytes += chunk.length - from
  if (state.lineBytes > longestLineBytes) throw tooLong('a line', longestLineBytes)
}

/** Reads the line that ends at `end`; true when it is empty, which ends the event. */
function readLine(state: State, chunk: Buffer, from: number, end: number): boolean {
  let line = chunk
  let start = from
  let stop = end
  if (state.lineBytes > 0) {
    line = Buffer.concat([...state.line, chunk.subarray(from, end)])
    start = 0
    stop = line.length
    state.line = []
    state.lineBytes = 0
  }
  if (stop - start > longestLineBytes) throw tooLong('a line', longestLineBytes)
  state.eventBytes += stop - start
  if (state.eventBytes > longestEventBytes) throw tooLong('an event', longestEventBytes)
  if (state.firstLine) {
    state.firstLine = false
    if (line[start] === 0xef && line[start + 1] === 0xbb && line[start + 2] === 0xbf) start += 3
  }
  if (stop === start) return true
  readField(state, line, start, stop)
  return false
}

/** `name: value`; only `data` and `event` matter to us, the rest (comments, `id`, `retry`) is passed over. */
function readField(state: State, line: Buffer, start: number, stop: number): void {
  if (startsWith(line, start, stop, 'data')) {
    const value = line.toString('utf8', valueStart(line, start + 4, stop), stop)
    state.data = state.data === undefined ? value : `${state.data}\n${value}`
  } else if (startsWith(line, start, stop, 'event')) {
    state.event = readName(state, line, valueStart(line, start + 5, stop), stop)
  }
}

/** Event names repeat; one that reads like the last is not decoded again. */
function readName(state: State, line: Buffer, start: number, stop: number): string {
  const last = state.lastName
  let index = stop - start === last.length ? 0 : -1
  while (index >= 0 && index < last.length && line[start + index] === last.charCodeAt(index)) index += 1
  if (index !== last.length) state.lastName = line.toString('utf8', start, stop)
  return state.lastName
}

/** True when the field's name is exactly `name`: what follows is a colon or the end of the line. */
function startsWith(line: Buffer, start: number, stop: number, name: string): boolean {
  const end = start + name.length
  if (end > stop || (end < stop && line[end] !== 0x3a)) return false
  for (let index = 0; index < name.length; index += 1) {
    if (line[start + index] !== name.charCodeAt(index)) return false
  }
  return true
}

/** After the colon and one space, if there is one. */
function valueStart(line: Buffer, colon: number, stop: number): number {
  if (colon >= stop) return stop
  return line[colon + 1] === 0x20 && colon + 1 < stop ? colon + 2 : colon + 1
}

function takeFrame(state: State): StreamFrame | undefined {
  const { data, event } = state
  state.data = undefined
  state.event = undefined
  state.eventBytes = 0
  if (data === undefined) return undefined
  return event === undefined || event === '' ? { data } : { event, data }
}

function tooLong(what: string, limit: number): GatewayError {
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_line_too_long',
    message: `The provider's stream holds ${what} of more than ${limit} bytes. Check that base_url points at an event stream.`,
  })
}
