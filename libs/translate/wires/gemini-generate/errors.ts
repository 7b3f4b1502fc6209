import type { ErrorAnswer, GatewayError, Json, JsonObject, StreamFrame, UpstreamErrorAnswer } from '#contract'
import type { Draft } from '../../draft.ts'
import { asList, asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { upstreamRejected, upstreamRejectedInStream, type VendorError } from '../../upstream-error.ts'
import { type RpcStatus, rpcStatuses } from './types.ts'

/*
 * Errors of this wire: `{"error": {code, message, status, details}}`, google.rpc.Status in JSON
 * (https://google.aip.dev/193): `code` is the HTTP status, `status` the name of the gRPC code, `details` are typed
 * messages: ErrorInfo (reason), BadRequest (members at fault), RetryInfo (when to try again).
 * The official client raises ApiError with the HTTP status (@google/genai 3.3.0, throwErrorIfNotOK); in a stream with
 * `error.code` of a frame that is such an object (throwIfStreamErrorChunk).
 */

const statusByCode: Readonly<Record<number, RpcStatus>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  529: 'UNAVAILABLE',
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const codeByStatus: Readonly<Record<RpcStatus, number>> = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  UNAUTHENTICATED: 401,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
}

const typeUrl = 'type.googleapis.com/google.rpc.'

export function decodeError(answer: UpstreamErrorAnswer): GatewayError {
  const body = parseObject(answer.text) ?? firstOfList(answer.text)
  if (body === undefined) return upstreamRejected(answer, {})
  const delay = retryDelay(asObject(body['error']))
  const isKnown = delay === undefined || answer.headers['retry-after'] !== undefined
  const headers = isKnown ? answer.headers : { ...answer.headers, 'retry-after': delay }
  return upstreamRejected({ ...answer, headers }, readError(body))
}

/** A frame that is an error, or a whole answer that is one. */
export function decodeStreamError(body: JsonObject): GatewayError {
  const error = readError(body)
  const code = asNumber(asObject(body['error'])?.['code'])
  const known = isRpcStatus(error.type) ? codeByStatus[error.type] : 502
  return upstreamRejectedInStream(error, code !== undefined && isErrorStatus(code) ? code : known)
}

function isErrorStatus(code: number): boolean {
  return Number.isInteger(code) && code >= 400 && code <= 599
}

export function encodeError(error: GatewayError, _requestId: string): ErrorAnswer {
  return { status: error.status, body: errorBody(error) }
}

/**
 * Marked as an error for the framing: the official client of 2025 knows no error events and passes over one that looks
 * like the others.
 */
export function encodeStreamError(error: GatewayError, _requestId: string): readonly StreamFrame[] {
  return [{ data: JSON.stringify(errorBody(error)), exception: true }]
}

function errorBody(error: GatewayError): JsonObject {
  const { status: code, upstream, message } = error
  const inner: Record<string, Json> = { code, message, status: statusOf(error) }
  const details = [
    ...reasonDetail(upstream === undefined ? error.code : upstream.code),
    ...fieldDetail(error),
    ...retryDetail(error),
  ]
  if (details.length > 0) inner['details'] = details
  return { error: inner }
}

function statusOf({ upstream, status }: GatewayError): RpcStatus {
  if (isRpcStatus(upstream?.type)) return upstream.type
  return statusByCode[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL')
}

/** Reasons are words of capitals, `[A-Z][A-Z0-9_]+[A-Z0-9]`. */
function reasonDetail(code: string | undefined): readonly JsonObject[] {
  const reason = code?.toUpperCase()
  if (reason === undefined || !/^[A-Z][A-Z0-9_]{1,61}[A-Z0-9]$/.test(reason)) return []
  return [{ '@type': `${typeUrl}ErrorInfo`, reason, domain: 'bifrost' }]
}

function fieldDetail({ param, message }: GatewayError): readonly JsonObject[] {
  if (param === undefined) return []
  return [{ '@type': `${typeUrl}BadRequest`, fieldViolations: [{ field: param, description: message }] }]
}

function retryDetail({ retryAfterMs }: GatewayError): readonly JsonObject[] {
  if (retryAfterMs === undefined) return []
  return [{ '@type': `${typeUrl}RetryInfo`, retryDelay: `${retryAfterMs / 1000}s` }]
}

function isRpcStatus(status: string | undefined): status is RpcStatus {
  return status !== undefined && (rpcStatuses as readonly string[]).includes(status)
}

/** Streams that are arrays fail as arrays. */
export function firstOfList(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith('[')) return undefined
  return asObject(asList(parseObject(`{"list":${text}}`)?.['list'])?.[0])
}

function readError(body: JsonObject): VendorError {
  const error = asObject(body['error'])
  if (error === undefined) return { message: asText(body['error']) ?? asText(body['message']) }
  const found: Draft<VendorError> = {
    message: asText(error['message']),
    type: asText(error['status']),
    code: asText(detail(error, 'ErrorInfo')?.['reason']),
  }
  const violation = asObject(asList(detail(error, 'BadRequest')?.['fieldViolations'])?.[0])
  const field = asText(violation?.['field'])
  if (field !== undefined && field !== '') found.param = field
  return found
}

/** Whole seconds of RetryInfo (`"13.2s"`), as a Retry-After header has them. */
function retryDelay(error: JsonObject | undefined): string | undefined {
  const delay = asText(error && detail(error, 'RetryInfo')?.['retryDelay'])
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(delay ?? '')?.[1]
  return seconds === undefined ? undefined : String(Math.ceil(Number(seconds)))
}

function detail(error: JsonObject, name: string): JsonObject | undefined {
  const found = asList(error['details'])?.find((each) => asObject(each)?.['@type'] === typeUrl + name)
  return asObject(found)
}
