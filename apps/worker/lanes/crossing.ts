import {
  type AnyProviderWire,
  type CallerContext,
  type ChatEvent,
  GatewayError,
  type JsonObject,
  type Quirks,
  type StreamFrame,
  type Usage,
  type Warning,
} from '#contract'
import { createFrameDecoder, createFrameEncoder, fitBody, streamContentType } from '#translate'
import { responseHeaders } from '../response-headers.ts'
import { expectStream } from './expect-stream.ts'
import type { Exchange, Failure, Lane, LaneContext } from './lane.ts'
import { expectType, parseObject, readJson, readStream, writeWhole } from './read-answer.ts'
import { errorBehindSuccess, readUpstreamError } from './upstream-error.ts'

type CrossingContext = LaneContext<AnyProviderWire>

/** A request on no vendor's wire; what it holds is known to its wires. */
type Asked = CallerContext<unknown>

/**
 * The provider speaks another wire than the caller: canonical request → provider's wire, and the answer back through
 * the canonical model into the caller's. Throws `invalid-request` for what the provider's wire cannot carry at all.
 */
export function createCrossingLane(
  context: CrossingContext,
  request: { readonly body: Uint8Array; readonly quirks: Quirks },
): Lane {
  const { wire, model, header } = context
  const decoded = decodeBody(context, request.body)
  const encoded = wire.encodeRequest(decoded.request, { model, quirks: request.quirks })
  const fitted = fitBody(encoded.body, request.quirks)
  const warnings = [...decoded.warnings, ...encoded.warnings, ...fitted.warnings]
  const caller: Asked = {
    request: decoded.request,
    requestId: header.requestId,
    model,
    streamUsage: header.peek.streamUsage,
    nowSeconds: Math.floor(context.nowMs() / 1000),
  }
  return {
    name: 'crossing',
    body: Buffer.from(JSON.stringify(fitted.body)),
    async relay(exchange): Promise<Failure | undefined> {
      const { status } = exchange.response
      if (status >= 300) return await readUpstreamError(context, exchange, { native: false })
      const relayAnswer = header.peek.stream ? relayStream : relayWhole
      await relayAnswer(context, exchange, caller, warnings)
      return undefined
    },
  }
}

function decodeBody(
  { header, callerWire }: LaneContext,
  body: Uint8Array,
): { readonly request: unknown; readonly warnings: readonly Warning[] } {
  const json = parseObject(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  if (json === undefined) throw brokenJob()
  // What the API wrote is a canonical request by the job's version; it is not checked again.
  if (header.bodyKind === 'canonical') return { request: json, warnings: [] }
  return callerWire.decodeRequest(json, header.peek)
}

async function relayWhole(
  context: CrossingContext,
  exchange: Exchange,
  caller: Asked,
  warnings: readonly Warning[],
): Promise<void> {
  const { response, answer, deadline } = exchange
  expectType(response, 'json')
  const { bytes, json } = await readJson(response)
  const refusal = errorBehindSuccess(context, exchange, { text: bytes.toString('utf8'), json })
  if (refusal !== undefined) throw refusal
  const decoded = context.wire.decodeResponse(json, caller)
  const encoded = context.callerWire.encodeResponse(decoded, caller)
  const all = [...warnings, ...encoded.warnings]
  const headers = responseHeaders(response.headers, 'application/json')
  answer.head({ status: 200, headers, warnings: all })
  await writeWhole(answer, jsonBytes(encoded.body), deadline.signal)
  const { usage, stopReason } = context.wire.tapResponse(json)
  answer.end({ usage, stopReason, warnings: all })
}

function jsonBytes(body: JsonObject): Uint8Array {
  return Buffer.from(JSON.stringify(body))
}

/** What a stream told on its way. */
type StreamFacts = { usage?: Usage; stopReason?: string; ended: boolean; warnings: Warning[] }

async function relayStream(
  context: CrossingContext,
  exchange: Exchange,
  caller: Asked,
  warnings: readonly Warning[],
): Promise<void> {
  const { response, answer } = exchange
  await expectStream(context, exchange)
  const { wire, callerWire, header } = context
  const callerFormat = header.peek.streamFormat ?? callerWire.streamFormat
  const framesIn = createFrameDecoder(wire.streamFormat)
  const framesOut = createFrameEncoder(callerFormat)
  const decoder = wire.createStreamDecoder(caller)
  const encoder = callerWire.createStreamEncoder(caller)
  const facts: StreamFacts = { ended: false, warnings: [] }
  let pending: StreamFrame[] = []
  const flush = (): void => {
    if (pending.length === 0) return
    if (!answer.headSent) {
      const headers = responseHeaders(response.headers, streamContentType[callerFormat])
      answer.head({ status: 200, headers, warnings: [...warnings, ...encoder.warnings()] })
    }
    answer.body(framesOut.push(pending))
    pending = []
  }
  const encode = (events: readonly ChatEvent[]): void => {
    for (const event of events) {
      noteEvent(facts, event)
      pending.push(...encoder.push(event))
    }
  }
  const decode = (frames: readonly StreamFrame[]): void => {
    try {
      for (const frame of frames) encode(decoder.push(frame))
    } finally {
      // What came before an error in the stream still reaches the caller.
      flush()
    }
  }
  try {
    await readStream(exchange, (bytes) => decode(framesIn.push(bytes)))
    decode(framesIn.end())
    encode(decoder.end())
    flush()
    answer.body(framesOut.end())
  } catch (error) {
    // The answer was whole; what the provider did with the socket afterwards is of no concern to the caller.
    if (!facts.ended || exchange.callerGone.aborted) throw error
  }
  const { usage, stopReason } = facts
  answer.end({ usage, stopReason, warnings: [...warnings, ...facts.warnings, ...encoder.warnings()] })
}

function noteEvent(facts: StreamFacts, event: ChatEvent): void {
  switch (event.type) {
    case 'usage':
      facts.usage = event.usage
      break
    case 'candidate-end':
      facts.stopReason ??= event.stopReason.raw ?? event.stopReason.unified
      break
    case 'warning':
      facts.warnings.push(event.warning)
      break
    case 'response-end':
      facts.ended = true
      break
    default:
      break
  }
}

function brokenJob(): GatewayError {
  return new GatewayError({
    kind: 'internal',
    code: 'internal_error',
    message: 'The gateway failed to read a request that it had queued.',
  })
}
