import type { JsonObject, Quirks } from '#contract'
import { splice } from '#translate'
import { idsIn, rememberIds } from '../remember-ids.ts'
import { passthroughHeaders } from '../response-headers.ts'
import { uploadSessionIn } from '../upload-session.ts'
import type { Exchange, Failure, Lane, LaneContext } from './lane.ts'
import { relayStream } from './native.ts'
import { answerType, parseObject, readJson, writeWhole } from './read-answer.ts'
import { relayBody } from './relay-body.ts'
import { readUpstreamError } from './upstream-error.ts'

/** A JSON answer up to this size is looked at for its usage, and for ids. */
const longestTappedBytes = 1024 * 1024

export type PassthroughRequest = {
  readonly body: Uint8Array
  readonly quirks: Quirks
  /** In the place of the body: read as the provider takes it. */
  readonly upload: AsyncIterable<Uint8Array> | undefined
}

/**
 * The request goes up as it came (in a JSON body the model's name is put in) and the answer comes down as it is,
 * whatever it is: JSON, text, sound, events, nothing. Only the provider's errors are looked at, as in the native lane.
 */
export function createPassthroughLane(context: LaneContext, request: PassthroughRequest): Lane {
  return {
    name: 'passthrough',
    body: request.upload ?? bodyOf(context, request),
    async relay(exchange): Promise<Failure | undefined> {
      if (exchange.response.status >= 300) {
        return await readUpstreamError(context, exchange, { native: true })
      }
      const isStream = answerType(exchange.response) === 'event-stream'
      if (isStream) await relayStream(context, exchange, { withholdUsage: false, warnings: [] })
      else if (namesItsVendor(context, exchange)) await relayLocalized(context, exchange)
      else await relayAndTap(context, exchange)
      return undefined
    },
  }
}

/** A body that is a JSON object names the model of this target; any other goes up untouched. */
function bodyOf(
  { wire, header, model }: LaneContext,
  { body, quirks }: PassthroughRequest,
): Uint8Array | undefined {
  if (body.byteLength === 0) return undefined
  if (!isJson(header.passthrough?.contentType)) return body
  return splice(body, wire.nativeSplice({ peek: header.peek, model, quirks, wantUsage: false }))
}

function isJson(contentType: string | undefined): boolean {
  return answerType({ headers: { 'content-type': contentType ?? '' } }) === 'json'
}

/** An answer with the vendor's own address in it; not what the caller itself had put there. */
function namesItsVendor({ wire, header }: LaneContext, { response }: Exchange): boolean {
  return wire.localize !== undefined && answerType(response) === 'json' && tellsOfThings(header)
}

/** Contents and results are the caller's own, whatever they look like. */
function tellsOfThings({ passthrough }: LaneContext['header']): boolean {
  return !/\/(?:content|results|input_items)$/.test(passthrough?.rest ?? '')
}

async function relayLocalized(context: LaneContext, exchange: Exchange): Promise<void> {
  const { response, answer, deadline } = exchange
  const { bytes, json } = await readJson(response)
  await rememberIds(context, exchange, idsIn(context.wire.id, json))
  answer.head({ status: response.status, headers: passthroughHeaders(response.headers), warnings: [] })
  const text = bytes.toString('utf8')
  await writeWhole(answer, Buffer.from(context.wire.localize?.(text) ?? text), deadline.signal)
  answer.end({ warnings: [] })
}

async function relayAndTap(context: LaneContext, exchange: Exchange): Promise<void> {
  const tap = createBodyTap(exchange)
  const session = uploadSessionIn(context.wire.id, exchange.response.headers)
  await rememberIds(context, exchange, session.ids)
  await relayBody(exchange, {
    warnings: [],
    headers: session.headers,
    onPiece: tap.push,
    async end() {
      const json = tap.json()
      if (json !== undefined && tellsOfThings(context.header))
        await rememberIds(context, exchange, idsIn(context.wire.id, json))
      return json && context.wire.tapResponse(json)
    },
  })
}

/** Keeps what may tell the usage, or ids. */
function createBodyTap({ response }: Exchange) {
  let kept: Uint8Array[] | undefined = answerType(response) === 'json' ? [] : undefined
  let length = 0
  return {
    push(bytes: Uint8Array): void {
      length += bytes.byteLength
      if (length > longestTappedBytes) kept = undefined
      kept?.push(bytes)
    },
    json(): JsonObject | undefined {
      return kept && parseObject(Buffer.concat(kept).toString('utf8'))
    },
  }
}
