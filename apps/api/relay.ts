import { type Frame, GatewayError, type Target, type Usage } from '#contract'
import type { Reply } from '#queue'
import { encodeLastFrames } from '#translate'
import { answerError } from './answer-error.ts'
import { type AnswerWriter, createAnswerWriter } from './answer-writer.ts'
import { addWarnings, type Exchange } from './exchange.ts'
import {
  createLateRefusal,
  type LateRefusal,
  type StreamComments,
  startStreamComments,
} from './stream-comments.ts'

/** One reply on its way to one caller. */
type Relay = {
  readonly exchange: Exchange
  readonly writer: AnswerWriter
  readonly comments: StreamComments
  readonly costOf: (target: Target, usage: Usage) => number | undefined
  /** There when the provider refuses after the head has gone out. */
  refusal?: LateRefusal
}

/**
 * Writes a reply's frames as the HTTP answer. Frames are asked for no faster than the caller reads, which is what slows
 * the worker down. Ends after the terminal frame, or when the exchange is aborted: then the reply is cancelled.
 */
export async function relay(
  exchange: Exchange,
  reply: Reply,
  options: {
    readonly clientStallMs: number
    /** Keeps a waiting stream open with comments at this distance. */
    readonly streamCommentsMs?: number | undefined
    /** US dollars; absent where nobody asks. */
    readonly costOf?: (target: Target, usage: Usage) => number | undefined
  },
): Promise<void> {
  const writer = createAnswerWriter(exchange, options)
  const comments = startStreamComments(exchange, writer, options.streamCommentsMs)
  const relay: Relay = { exchange, writer, comments, costOf: options.costOf ?? (() => undefined) }
  exchange.onAbort(() => reply.cancel())
  try {
    for await (const frames of reply) {
      if (exchange.aborted !== undefined) break
      if (writeBatch(relay, frames)) return
      if (writer.full) await writer.writable()
    }
    fail(exchange, writer, exchange.aborted ?? replyBroke())
  } finally {
    comments.stop()
  }
}

/** True when the terminal frame was among them. */
function writeBatch(relay: Relay, frames: readonly Frame[]): boolean {
  const { exchange, writer } = relay
  exchange.response.cork()
  try {
    for (const frame of frames) {
      if (writeFrame(relay, frame)) return true
    }
    writer.flush()
    return false
  } finally {
    exchange.response.uncork()
  }
}

function writeFrame(relay: Relay, frame: Frame): boolean {
  const { exchange, writer } = relay
  const { facts } = exchange
  switch (frame.type) {
    case 'hop':
      facts.target = frame.target
      return false
    case 'head':
      relay.comments.stop()
      facts.target = frame.target
      facts.attempts = frame.attempts
      facts.queueMs = frame.queueMs
      addWarnings(facts, frame.warnings)
      if (writer.started && frame.status >= 300) {
        relay.refusal = createLateRefusal(frame.target.provider, frame.status)
      }
      writer.head(frame.status, frame.headers)
      return false
    case 'chunk':
      if (relay.refusal === undefined) writer.chunk(frame.bytes)
      else relay.refusal.push(frame.bytes)
      return false
    case 'end':
      noteEnd(relay, frame)
      if (relay.refusal === undefined) writer.end()
      else fail(exchange, writer, relay.refusal.error())
      return true
    case 'fail':
      relay.comments.stop()
      if (frame.target !== undefined) facts.target = frame.target
      // A submission that was refused has no attempts of a worker's to tell: what was passed over stays.
      if (frame.attempts.length > 0) facts.attempts = frame.attempts
      if (frame.queueMs !== undefined) facts.queueMs = frame.queueMs
      fail(exchange, writer, GatewayError.fromData(frame.error))
      return true
    default:
      return unknownFrame(frame)
  }
}

function noteEnd({ exchange, costOf }: Relay, frame: Extract<Frame, { type: 'end' }>): void {
  const { facts } = exchange
  facts.attempts = frame.attempts
  if (frame.usage !== undefined) {
    facts.usage = frame.usage
    // What another request has paid for costs nothing.
    const isPaid = facts.cache === undefined || facts.cache === 'miss'
    const cost = facts.target && isPaid ? costOf(facts.target, frame.usage) : undefined
    if (cost !== undefined) facts.cost = cost
  }
  if (frame.stopReason !== undefined) facts.stopReason = frame.stopReason
  addWarnings(facts, frame.warnings)
}

/**
 * Ends an exchange with an error: as a whole error answer while nothing of a stream was received and nothing has gone out, as an error event in a stream
 * that has begun, and by cutting the connection in a body that has begun, so that no caller takes it for whole.
 */
function fail(exchange: Exchange, writer: AnswerWriter, error: GatewayError): void {
  exchange.facts.error = error
  writer.startStream()
  if (!writer.started) {
    answerError(exchange, error)
  } else if (writer.streaming && exchange.aborted?.kind !== 'cancelled') {
    const { wire } = exchange.route
    const format = exchange.facts.streamFormat ?? wire.streamFormat
    const frames = wire.encodeStreamError(error, exchange.callerRequestId, writer.sent())
    writer.endWithFrames(format, encodeLastFrames(format, frames))
  } else {
    exchange.response.destroy()
  }
}

function replyBroke(): GatewayError {
  return GatewayError.from(new Error('the reply ended without a terminal frame'))
}

function unknownFrame(frame: never): never {
  throw new Error(`unknown reply frame ${JSON.stringify(frame)}`)
}
