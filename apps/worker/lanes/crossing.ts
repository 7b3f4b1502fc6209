import {
  type AnyProviderWire,
  type CallerContext,
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  GatewayError,
  type Quirks,
  type StreamFrame,
  type TapFacts,
  type Usage,
  type Warning,
} from '#contract'
import { createFrameDecoder, createFrameEncoder, streamContentType } from '#translate'
import { answerId, rememberIds } from '../remember-ids.ts'
import { responseHeaders } from '../response-headers.ts'
import { type ResponseKeeper, withoutMemory } from '../responses/keep-response.ts'
import type { TurnMemory } from '../turns/turn-memory.ts'
import { expectStream } from './expect-stream.ts'
import type { Exchange, Failure, Lane, LaneContext } from './lane.ts'
import { expectType, parseObject, readJson, readStream, writeWhole } from './read-answer.ts'
import { relayBody } from './relay-body.ts'
import { askFurther, encodeCalls } from './several-calls.ts'
import { errorBehindSuccess, readUpstreamError } from './upstream-error.ts'

export type CrossingContext = LaneContext<AnyProviderWire> & {
  /** There for a chat whose caller cannot hand back all that its provider gives out. */
  readonly turns?: TurnMemory | undefined
  /** There for a caller of the Responses API whose provider does not have it. */
  readonly keeperOf?: ((request: ChatRequest) => ResponseKeeper) | undefined
}

/** A request on no vendor's wire; what it holds is known to its wires. */
type Asked = CallerContext<unknown>

/**
 * The provider speaks another wire than the caller: canonical request → provider's wire, and the answer back through
 * the canonical model into the caller's. Throws `invalid-request` for what the provider's wire cannot carry at all.
 */
export async function createCrossingLane(
  context: CrossingContext,
  request: { readonly body: Uint8Array; readonly quirks: Quirks },
): Promise<Lane> {
  const { wire, model, header, turns } = context
  const decoded = decodeBody(context, request.body)
  const asked = decoded.request as ChatRequest
  const keeper = context.keeperOf?.(asked)
  const restored = await turns?.restore(asked)
  const wanted = withoutMemory(restored?.request ?? asked, { keepsHere: keeper !== undefined })
  const calls = encodeCalls(wire, wanted, { model, quirks: request.quirks })
  const warnings = [...decoded.warnings, ...(restored?.warnings ?? []), ...calls.warnings]
  const caller: Asked = {
    request: decoded.request,
    requestId: header.requestId,
    model,
    streamUsage: header.peek.streamUsage,
    nowSeconds: Math.floor(context.nowMs() / 1000),
  }
  return {
    name: 'crossing',
    body: calls.first,
    ...(calls.suffix !== undefined && { suffix: calls.suffix }),
    async relay(exchange): Promise<Failure | undefined> {
      const { status } = exchange.response
      if (status >= 300) return await readUpstreamError(context, exchange, { native: false })
      if (wire.answersBytes === true) {
        await relayBytes(exchange, warnings)
        return undefined
      }
      const answering = { caller, warnings, keeper }
      if (header.peek.stream) await relayStream(context, exchange, answering)
      else await relayWhole(context, exchange, { ...answering, further: calls.further })
      return undefined
    },
  }
}

function decodeBody(
  { header, callerWire }: LaneContext,
  body: Uint8Array,
): { readonly request: unknown; readonly warnings: readonly Warning[] } {
  const isCanonical = header.bodyKind === 'canonical'
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  const json = parseObject(text, isCanonical ? undefined : callerWire.parse)
  if (json === undefined) throw brokenJob()
  // What the API wrote is a canonical request by the job's version; it is not checked again.
  if (isCanonical) return { request: json, warnings: [] }
  return callerWire.decodeRequest(json, header.address ?? header.peek)
}

/** What was asked, and what is to be told and kept of the answer. */
type Answering = {
  readonly caller: Asked
  /** Of the request. */
  readonly warnings: readonly Warning[]
  readonly keeper: ResponseKeeper | undefined
}

/** Sound and the like: the caller's wire has it as it is. */
async function relayBytes(exchange: Exchange, warnings: readonly Warning[]): Promise<void> {
  expectType(exchange.response, 'bytes')
  await relayBody(exchange, { warnings })
}

/** An answer that is one JSON object. */
export async function relayWhole(
  context: CrossingContext,
  exchange: Exchange,
  { caller, warnings, keeper, further }: Answering & { readonly further: readonly Uint8Array[] },
): Promise<void> {
  const { response, answer, deadline } = exchange
  const { decoded, usage, stopReason } = await readAnswers(context, exchange, { caller, further })
  const remembered = await context.turns?.remember(decoded as ChatResponse)
  const told = remembered?.response ?? (decoded as ChatResponse)
  const encoded = context.callerWire.encodeResponse(
    keeper === undefined ? told : { ...told, id: keeper.id },
    caller,
  )
  const lost = await keeper?.keep(encoded.body)
  await rememberOwnId(context, exchange, told.id)
  const all = [...warnings, ...(remembered?.warnings ?? []), ...encoded.warnings, ...(lost ?? [])]
  const { contentType, text } = encoded.text ?? {
    contentType: 'application/json',
    text: JSON.stringify(encoded.body),
  }
  answer.head({ status: 200, headers: responseHeaders(response.headers, contentType), warnings: all })
  await writeWhole(answer, Buffer.from(text), deadline.signal)
  answer.end({ usage, stopReason, warnings: all })
}

/** What one call answered, or several. */
type ReadAnswer = { readonly decoded: unknown } & Pick<TapFacts, 'usage' | 'stopReason'>

/** A call that the provider refuses costs no further ones: they are made when the first is answered. */
async function readAnswers(
  context: CrossingContext,
  exchange: Exchange,
  { caller, further }: { readonly caller: Asked; readonly further: readonly Uint8Array[] },
): Promise<ReadAnswer> {
  const first = await readAnswer(context, exchange, caller)
  const { batching } = context.wire
  if (batching === undefined || further.length === 0) return first
  const others = await askFurther(exchange, further, (response) =>
    readAnswer(context, { ...exchange, response }, caller),
  )
  const decoded = batching.join([first, ...others].map((each) => each.decoded))
  const { usage } = decoded as Pick<TapFacts, 'usage'>
  return usage === undefined ? { decoded } : { decoded, usage }
}

async function readAnswer(context: CrossingContext, exchange: Exchange, caller: Asked): Promise<ReadAnswer> {
  const { response } = exchange
  if (response.status >= 300) throw (await readUpstreamError(context, exchange, { native: false })).error
  expectType(response, 'json')
  const { bytes, json } = await readJson(response, context.wire.parse)
  const refusal = errorBehindSuccess(context, exchange, { text: bytes.toString('utf8'), json })
  if (refusal !== undefined) throw refusal
  return { ...context.wire.tapResponse(json), decoded: context.wire.decodeResponse(json, caller) }
}

/** Where both speak one wire all the same, the caller may come back with the provider's id. */
async function rememberOwnId(context: CrossingContext, exchange: Exchange, id: string): Promise<void> {
  if (context.wire.id !== context.callerWire.id) return
  await rememberIds(context, exchange, answerId(context.wire.id, id))
}

/** What a stream told on its way. */
type StreamFacts = { usage?: Usage; stopReason?: string; ended: boolean; warnings: Warning[] }

async function relayStream(
  context: CrossingContext,
  exchange: Exchange,
  { caller, warnings, keeper }: Answering,
): Promise<void> {
  const { response, answer } = exchange
  await expectStream(context, exchange)
  const { wire, callerWire, header } = context
  const callerFormat = header.peek.streamFormat ?? callerWire.streamFormat
  const framesIn = createFrameDecoder(wire.streamFormat)
  const framesOut = createFrameEncoder(callerFormat)
  const decoder = wire.createStreamDecoder(caller)
  const encoder = callerWire.createStreamEncoder(caller)
  const turns = context.turns?.watch()
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
      const own = event.type === 'response-start' ? identified(event) : event
      pending.push(...encoder.push(turns === undefined ? own : turns.push(own)))
    }
  }
  const identified = (start: Extract<ChatEvent, { type: 'response-start' }>): ChatEvent => {
    if (keeper !== undefined) return { ...start, id: keeper.id }
    if (wire.id === callerWire.id) unsaved.push(rememberOwnId(context, exchange, start.id))
    return start
  }
  // What the next turn needs is kept before the caller has what it would answer to.
  let unsaved: Promise<void>[] = []
  const flushOnceKept = (): Promise<void> | undefined => {
    const saved = turns?.save()
    if (saved !== undefined) unsaved.push(saved)
    const whole = keeper?.answerIn(pending)
    if (keeper !== undefined && whole !== undefined) {
      unsaved.push(
        keeper.keep(whole).then((lost) => {
          facts.warnings.push(...lost)
        }),
      )
    }
    if (unsaved.length > 0) {
      const all = Promise.all(unsaved)
      unsaved = []
      return all.then(flush)
    }
    flush()
    return undefined
  }
  const decode = (frames: readonly StreamFrame[]): Promise<void> | undefined => {
    try {
      for (const frame of frames) encode(decoder.push(frame))
    } catch (error) {
      // What came before an error in the stream still reaches the caller.
      flush()
      throw error
    }
    return flushOnceKept()
  }
  try {
    await readStream(exchange, (bytes) => decode(framesIn.push(bytes)))
    await decode(framesIn.end())
    encode(decoder.end())
    await flushOnceKept()
    answer.body(framesOut.end())
  } catch (error) {
    // The answer was whole; what the provider did with the socket afterwards is of no concern to the caller.
    if (!facts.ended || exchange.callerGone.aborted) throw error
  }
  const { usage, stopReason } = facts
  const found = [...facts.warnings, ...(turns?.warnings() ?? []), ...encoder.warnings()]
  answer.end({ usage, stopReason, warnings: [...warnings, ...found] })
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
