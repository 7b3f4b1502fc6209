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

/** `sequence_number` is not known to whoever ends a stream for its encoder; the clients do not read it here. */
export function encodeStreamError(error: GatewayError, _requestId: string): readonly StreamFrame[] {
  const event: ResponsesErrorEvent = {
    type: 'error',
    code: error.upstream === undefined ? error.code : (error.upstream.code ?? error.upstream.type ?? null),
    message: error.message,
    param: error.param ?? null,
    sequence_number: 0,
  }
  return [{ event: 'error', data: JSON.stringify(event) }]
}
