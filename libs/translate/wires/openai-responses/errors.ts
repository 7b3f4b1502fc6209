import type { GatewayError, Json, JsonObject, StreamFrame } from '#contract'
import { asObject, asText } from '../../narrow.ts'
import { upstreamRejectedInStream, type VendorError } from '../../upstream-error.ts'
import { decodeStreamError } from '../openai-chat/errors.ts'
import type { ResponsesErrorEvent } from './types.ts'

/*
 * Errors as answers have the vendor's common shape (`openai-chat/errors.ts`). In a stream there are two events:
 * `error`, {code, message, param} flat by the types (openai 7.57.0, ResponseErrorEvent) and nested under `error` from
 * some of the vendor's servers (lib/responses/ResponseStream.mjs reads both), and `response.failed`, whose response has
 * an `error` {code, message}.
 */
export { decodeError, encodeError } from '../openai-chat/errors.ts'

/** Codes of a failed response that blame the request (openai 7.57.0, ResponseError.code). */
const blamesRequest = /^(?:invalid_|image_|unsupported_|empty_|failed_to_download_image$|bio_policy$)/

/** An `error` event. */
export function decodeErrorEvent(event: JsonObject): GatewayError {
  const { type: _type, sequence_number: _number, error, ...flat } = event
  return asObject(error) === undefined ? decodeFailure(flat) : decodeStreamError(error ?? null)
}

/** The `error` of a response that failed. */
export function decodeFailure(error: Json | undefined): GatewayError {
  const object = asObject(error)
  const read: VendorError = {
    message: asText(object?.['message']),
    type: asText(object?.['type']),
    code: asText(object?.['code']),
    param: asText(object?.['param']),
  }
  if (read.code !== undefined && blamesRequest.test(read.code) && read.code !== 'invalid_api_key') {
    return upstreamRejectedInStream(read, 400)
  }
  return decodeStreamError(object ?? null)
}

/** The next event of the stream that `sent` ends. */
export function encodeStreamError(
  error: GatewayError,
  _requestId: string,
  sent?: Uint8Array,
): readonly StreamFrame[] {
  const event: ResponsesErrorEvent = {
    type: 'error',
    code: error.upstream === undefined ? error.code : (error.upstream.code ?? error.upstream.type ?? null),
    message: error.message,
    param: error.param ?? null,
    sequence_number: nextNumber(sent),
  }
  return [{ event: 'error', data: JSON.stringify(event) }]
}

/** Exact: inside a JSON string its quotes would be preceded by backslashes. */
const numbers = /"sequence_number"\s*:\s*(\d+)\s*[,}]/g

/** One more than the highest: a vendor's event may hold its number before a part that has numbers of its own. */
function nextNumber(sent: Uint8Array | undefined): number {
  if (sent === undefined) return 0
  let last = -1
  for (const [, number] of Buffer.from(sent).toString('utf8').matchAll(numbers)) {
    last = Math.max(last, Number(number))
  }
  return last + 1
}
