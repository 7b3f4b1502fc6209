import { type Frame, GatewayError } from '#contract'
import type { Reply } from '#queue'
import { encodeLastFrames } from '#translate'
import { answerError } from './answer-error.ts'
import { type AnswerWriter, createAnswerWriter } from './answer-writer.ts'
import { addWarnings, type Exchange } from './exchange.ts'

/**
 * Writes a reply's frames as the HTTP answer. Frames are asked for no faster than the caller reads, which is what slows
 * the worker down. Ends after the terminal frame, or when the exchange is aborted: then the reply is cancelled.
 */
export async function relay(
  exchange: Exchange,
  reply: Reply,
  options: { readonly clientStallMs: number },
): Promise<void> {
  const writer = createAnswerWriter(exchange, options)
  exchange.onAbort(() => reply.cancel())
  for await (const frames of reply) {
    if (exchange.aborted !== undefined) break
    if (writeBatch(exchange, writer, frames)) return
    await writer.writable()
  }
  fail(exchange, writer, exchange.aborted ?? replyBroke())
}

/** True when the terminal frame was among them. */
function writeBatch(exchange: Exchange, writer: AnswerWriter, frames: readonly Frame[]): boolean {
  exchange.response.cork()
  try {
    for (const frame of frames) {
      if (writeFrame(exchange, writer, frame)) return true
    }
    writer.flush()
    return false
  } finally {
    exchange.response.uncork()
  }
}

function writeFrame(exchange: Exchange, writer: AnswerWriter, frame: Frame): boolean {
  const { facts } = exchange
  switch (frame.type) {
    case 'hop':
      facts.target = frame.target
      return false
    case 'head':
      facts.target = frame.target
      facts.attempts = frame.attempts
      facts.queueMs = frame.queueMs
      addWarnings(facts, frame.warnings)
      writer.head(frame.status, frame.headers)
      return false
    case 'chunk':
      writer.chunk(frame.bytes)
      return false
    case 'end':
      facts.attempts = frame.attempts
      if (frame.usage !== undefined) facts.usage = frame.usage
      if (frame.stopReason !== undefined) facts.stopReason = frame.stopReason
      addWarnings(facts, frame.warnings)
      writer.end()
      return true
    case 'fail':
      if (frame.target !== undefined) facts.target = frame.target
      facts.attempts = frame.attempts
      if (frame.queueMs !== undefined) facts.queueMs = frame.queueMs
      fail(exchange, writer, GatewayError.fromData(frame.error))
      return true
    default:
      return unknownFrame(frame)
  }
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
