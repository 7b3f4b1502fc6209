import type { ErrorAnswer, GatewayError, JsonObject, StreamFrame, UpstreamErrorAnswer } from '#contract'
import type { Draft } from '../../draft.ts'
import { asObject, asText, parseObject } from '../../narrow.ts'
import { upstreamRejected, upstreamRejectedInStream, type VendorError } from '../../upstream-error.ts'
import { type AnthropicErrorType, anthropicErrorTypes } from './types.ts'

/*
 * Errors of this wire: `{"type": "error", "error": {type, message, details?}, "request_id"}`. The official client picks
 * its exception class by the HTTP status (@anthropic-ai/sdk 1.12.0, core/error.js), and shows `details.error_code` as
 * `errorCode`; in a stream an event named `error` raises APIError (core/streaming.js).
 */

/** https://platform.claude.com/docs/en/api/errors: other 4xx are `invalid_request_error`, other 5xx `api_error`. */
const typeByStatus: Readonly<Record<number, AnthropicErrorType>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const statusByType: Readonly<Record<AnthropicErrorType, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
}

export function decodeError(answer: UpstreamErrorAnswer): GatewayError {
  const body = parseObject(answer.text)
  return upstreamRejected(answer, body === undefined ? {} : readError(body))
}

/** The body of an `error` event. */
export function decodeStreamError(body: JsonObject): GatewayError {
  const error = readError(body)
  const status = isVendorType(error.type) ? statusByType[error.type] : 502
  return upstreamRejectedInStream(error, status)
}

export function encodeError(error: GatewayError, requestId: string): ErrorAnswer {
  return { status: error.status, body: errorBody(error, requestId) }
}

export function encodeStreamError(error: GatewayError, requestId: string): readonly StreamFrame[] {
  return [{ event: 'error', data: JSON.stringify(errorBody(error, requestId)) }]
}

function errorBody(error: GatewayError, requestId: string): JsonObject {
  const type = isVendorType(error.upstream?.type) ? error.upstream.type : typeOf(error.status)
  const inner: Record<string, string | JsonObject> = { type, message: messageOf(error) }
  const code = error.upstream === undefined ? error.code : error.upstream.code
  if (code !== undefined) inner['details'] = { error_code: code }
  return { type: 'error', error: inner, request_id: requestId }
}

/** This vendor's messages start with the member at fault, and so do ours; another provider's words stay its own. */
function messageOf(error: GatewayError): string {
  const { message, param, upstream, kind } = error
  // An error inside a stream is the provider's without facts of an answer.
  const isOurs = upstream === undefined && kind !== 'upstream-rejected'
  return !isOurs || param === undefined || message.includes(param) ? message : `${param}: ${message}`
}

function typeOf(status: number): AnthropicErrorType {
  return typeByStatus[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')
}

function isVendorType(type: string | undefined): type is AnthropicErrorType {
  return type !== undefined && (anthropicErrorTypes as readonly string[]).includes(type)
}

/** Also the shapes of servers that speak this wire: `{error: "text"}`, `{message}`. */
function readError(body: JsonObject): VendorError {
  const error = asObject(body['error'])
  if (error === undefined) return { message: asText(body['error']) ?? asText(body['message']) }
  const found: Draft<VendorError> = {
    message: asText(error['message']),
    type: asText(error['type']),
    code: asText(asObject(error['details'])?.['error_code']),
    requestId: asText(body['request_id']),
  }
  return found
}
