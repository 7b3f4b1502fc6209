import type { ErrorAnswer, GatewayError, JsonObject, StreamFrame, UpstreamErrorAnswer } from '#contract'
import { asObject, asText, parseObject } from '../../narrow.ts'
import { upstreamRejected, upstreamRejectedInStream, type VendorError } from '../../upstream-error.ts'

/*
 * Errors of this wire: `{"id", "message"}`. The official client picks its exception class by the HTTP status alone
 * (cohere-ai 8.1.0, api/resources/v2/client/Client.js: 400, 401, 403, 404, 422, 429, 498, 499, 500, 501, 503, 504 have
 * classes). In a stream there is no error event: a `message-end` whose `finish_reason` is ERROR or TIMEOUT, with the
 * text in `delta.error`, ends it. https://docs.cohere.com/v2/reference/errors
 */

const statusByReason: ReadonlyMap<string | undefined, number> = new Map([
  ['ERROR', 500],
  ['TIMEOUT', 504],
])

export function decodeError(answer: UpstreamErrorAnswer): GatewayError {
  const body = parseObject(answer.text)
  return upstreamRejected(answer, body === undefined ? {} : readError(body))
}

/** The failure that an answer or the end of a stream reports; `undefined` when it ended well. */
export function decodeFailure(end: JsonObject): GatewayError | undefined {
  const message = asText(end['error'])
  const reason = asText(end['finish_reason'])
  const status = statusByReason.get(reason)
  if (status === undefined && message === undefined) return undefined
  const said = message ?? `The provider could not finish the answer (finish_reason ${reason}).`
  return upstreamRejectedInStream({ message: said, type: reason?.toLowerCase() }, status ?? 500)
}

/** An event that is no event of this wire but an error object. */
export function decodeStreamError(body: JsonObject): GatewayError {
  return upstreamRejectedInStream(readError(body), 502)
}

export function encodeError(error: GatewayError, requestId: string): ErrorAnswer {
  return { status: error.status, body: { id: requestId, message: messageOf(error) } }
}

export function encodeStreamError(error: GatewayError, _requestId: string): readonly StreamFrame[] {
  const finishReason = error.status === 504 ? 'TIMEOUT' : 'ERROR'
  const delta = { finish_reason: finishReason, error: messageOf(error) }
  return [{ event: 'message-end', data: JSON.stringify({ type: 'message-end', delta }) }]
}

/** There is no member for the parameter at fault: our own messages start with it where they do not name it. */
function messageOf(error: GatewayError): string {
  const { message, param, upstream, kind } = error
  const isOurs = upstream === undefined && kind !== 'upstream-rejected'
  return !isOurs || param === undefined || message.includes(param) ? message : `${param}: ${message}`
}

/** Also the shapes of what stands before the vendor's servers: `{error: "text"}`, `{error: {message}}`, `{detail}`. */
function readError(body: JsonObject): VendorError {
  const { error } = body
  return {
    message:
      asText(body['message']) ??
      asText(error) ??
      asText(asObject(error)?.['message']) ??
      asText(body['detail']),
    requestId: asText(body['id']),
  }
}
