import { GatewayError, type Quirks, type StreamFormat, type StreamTap, type Warning } from '#contract'
import {
  createFrameDecoder,
  createFrameEncoder,
  createNativeStream,
  fitBytes,
  type NativeStream,
  streamContentType,
} from '#translate'
import { maskErrorEvent } from '../mask-answer.ts'
import { answerId, rememberIds } from '../remember-ids.ts'
import { responseHeaders } from '../response-headers.ts'
import { expectStream } from './expect-stream.ts'
import type { Exchange, Failure, Lane, LaneContext } from './lane.ts'
import { expectType, readJson, readStream, writeWhole } from './read-answer.ts'
import { readUpstreamError } from './upstream-error.ts'

/**
 * The provider speaks the caller's wire: the caller's bytes go up with the model's name put in (and without what this
 * provider is known to refuse), the provider's bytes come down untouched (but for keys in its errors), and usage is read
 * on the side.
 */
export function createNativeLane(
  context: LaneContext,
  request: { readonly body: Uint8Array; readonly quirks: Quirks },
): Lane {
  const { header, wire, model } = context
  const { peek } = header
  const change = wire.nativeSplice({ peek, model, quirks: request.quirks, wantUsage: true })
  const { body, warnings } = fitBytes(request.body, change, request.quirks)
  return {
    name: 'native',
    body,
    async relay(exchange): Promise<Failure | undefined> {
      const { status } = exchange.response
      if (status >= 300) return await readUpstreamError(context, exchange, { native: true })
      // Where the provider takes no stream_options we asked for nothing, so there is nothing of ours to keep back.
      const withholdUsage = !peek.streamUsage && request.quirks.noStreamOptions !== true
      if (peek.stream) await relayStream(context, exchange, { withholdUsage, warnings })
      else await relayWhole(context, exchange, warnings)
      return undefined
    },
  }
}

async function relayWhole(
  context: LaneContext,
  exchange: Exchange,
  warnings: readonly Warning[],
): Promise<void> {
  const { response, answer, deadline } = exchange
  expectType(response, 'json')
  const { bytes, json } = await readJson(response)
  const facts = context.wire.tapResponse(json)
  const ids = answerId(context.wire.id, facts.id)
  if (ids.length > 0) await rememberIds(context, exchange, ids)
  const headers = responseHeaders(response.headers, 'application/json')
  answer.head({ status: response.status, headers, warnings })
  const writing = writeWhole(answer, bytes, deadline.signal)
  if (writing !== undefined) await writing
  answer.end({ ...facts, warnings })
}

/** A stream of events of the provider's wire, which must come to its natural end. */
export async function relayStream(
  context: LaneContext,
  exchange: Exchange,
  { withholdUsage, warnings }: { readonly withholdUsage: boolean; readonly warnings: readonly Warning[] },
): Promise<void> {
  const { response, answer } = exchange
  await expectStream(context, exchange)
  const { wire, header } = context
  const callerFormat = header.peek.streamFormat ?? wire.streamFormat
  const tap = wire.createStreamTap({ withholdUsage })
  const stream =
    callerFormat === wire.streamFormat
      ? createNativeStream(tap, {
          format: wire.streamFormat,
          rewriteError: (event) => maskErrorEvent(event, exchange.credential, wire.streamFormat),
        })
      : createReframedStream(tap, { from: wire.streamFormat, to: callerFormat })
  // A caller may come back with the id as soon as it has it: it is known before.
  let rememberedId: string | undefined
  const remember = (id: string | undefined): Promise<void> | undefined => {
    if (id === undefined || id === rememberedId) return undefined
    rememberedId = id
    return rememberIds(context, exchange, answerId(wire.id, id))
  }
  const forward = (bytes: Uint8Array): void => {
    if (bytes.length === 0) return
    if (!answer.headSent) {
      const headers = responseHeaders(response.headers, streamContentType[callerFormat])
      answer.head({ status: response.status, headers, warnings })
    }
    answer.body(bytes)
  }
  try {
    await readStream(exchange, (bytes) => {
      const ready = stream.push(bytes)
      const remembered = remember(stream.facts().id)
      if (remembered !== undefined) return remembered.then(() => forward(ready))
      forward(ready)
    })
  } catch (error) {
    // The answer was whole; what the provider did with the socket afterwards is of no concern to the caller.
    if (!tap.complete() || exchange.callerGone.aborted) throw error
  }
  const { rest, outcome } = stream.end()
  if (outcome === 'truncated') throw truncated()
  forward(rest)
  const { usage, stopReason } = stream.facts()
  answer.end({
    usage,
    stopReason,
    warnings,
    ...(outcome === 'failed' && { outcome: 'upstream_stream_error' }),
  })
}

/** The provider's frames, word for word, in the framing that the caller asked for. */
function createReframedStream(
  tap: StreamTap,
  formats: { readonly from: LaneContext['wire']['streamFormat']; readonly to: StreamFormat },
): NativeStream {
  const framesIn = createFrameDecoder(formats.from)
  const framesOut = createFrameEncoder(formats.to)
  const reframe = (frames: ReturnType<typeof framesIn.push>) =>
    framesOut.push(frames.filter((frame) => tap.push(frame) === 'forward'))
  return {
    push: (bytes) => reframe(framesIn.push(bytes)),
    end() {
      const rest = Buffer.concat([reframe(framesIn.end()), framesOut.end()])
      return { rest, outcome: tap.failed() ? 'failed' : tap.complete() ? 'complete' : 'truncated' }
    },
    facts: () => tap.facts(),
  }
}

function truncated(): GatewayError {
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_stream_truncated',
    message:
      "The provider's stream ended before its natural end; the answer so far is incomplete. Try again.",
  })
}
