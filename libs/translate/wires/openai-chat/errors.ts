import type { ErrorAnswer, GatewayError, Json, JsonObject, StreamFrame, UpstreamErrorAnswer } from '#contract'
import { asList, asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { upstreamRejected, upstreamRejectedInStream, type VendorError } from '../../upstream-error.ts'
import type { OpenAiErrorBody } from './types.ts'

/*
 * Errors of this wire: `{"error": {message, type, param, code}}`. The official client picks its exception class by the
 * HTTP status alone (openai 7.57.0, core/error.js `APIError.generate`); in a stream a `data` frame whose JSON has a
 * truthy `error` raises APIError (core/streaming.js).
 */

/** `type` by status, where the provider named none. https://developers.openai.com/api/docs/guides/error-codes */
const typeByStatus: Readonly<Record<number, string>> = {
  403: 'permission_error',
  429: 'rate_limit_error',
}

/** Status that an error inside a stream stands for, by the vendor's type or code. */
const statusByType: ReadonlyMap<string | undefined, number> = new Map(
  Object.entries({
    invalid_request_error: 400,
    authentication_error: 401,
    invalid_api_key: 401,
    permission_error: 403,
    not_found_error: 404,
    model_not_found: 404,
    rate_limit_error: 429,
    rate_limit_exceeded: 429,
    insufficient_quota: 429,
    tokens: 429,
    requests: 429,
    server_error: 500,
    overloaded_error: 529,
  }),
)

export function decodeError(answer: UpstreamErrorAnswer): GatewayError {
  return upstreamRejected(answer, readErrorText(answer.text))
}

/** The error of a stream chunk (its `error` member). */
export function decodeStreamError(error: Json): GatewayError {
  const read = readError({ error })
  return upstreamRejectedInStream(read, statusInStream(error, read))
}

export function encodeError(error: GatewayError, _requestId: string): ErrorAnswer {
  return { status: error.status, body: errorBody(error) }
}

export function encodeStreamError(error: GatewayError, _requestId: string): readonly StreamFrame[] {
  return [{ data: JSON.stringify(errorBody(error)) }]
}

function errorBody(error: GatewayError): OpenAiErrorBody {
  return {
    error: {
      message: error.message,
      type: error.upstream?.type ?? typeOf(error.status),
      param: error.param ?? null,
      code: error.upstream === undefined ? error.code : (error.upstream.code ?? null),
    },
  }
}

function typeOf(status: number): string {
  return typeByStatus[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
}

function statusInStream(error: Json, read: VendorError): number {
  const code = asNumber(asObject(error)?.['code'])
  if (code !== undefined && Number.isInteger(code) && code >= 400 && code <= 599) return code
  return statusByType.get(read.code) ?? statusByType.get(read.type) ?? 502
}

/** Also the shapes of servers that speak this wire: `[{error}]`, `{error: "text"}`, `{message}`, `{detail}`. */
function readErrorText(text: string): VendorError {
  const object = parseObject(text) ?? firstOfList(text)
  return object === undefined ? {} : readError(object)
}

/** Google's servers wrap the error in an array. */
function firstOfList(text: string): JsonObject | undefined {
  const list = text.trimStart().startsWith('[')
    ? asList(parseObject(`{"list":${text}}`)?.['list'])
    : undefined
  return asObject(list?.[0])
}

/** Errors of servers that wrap nothing, or only the text. A list of `detail` is what FastAPI says of wrong members. */
function readFlatError(body: JsonObject): VendorError {
  const [first] = asList(body['detail']) ?? []
  const detail = asObject(first)
  if (detail !== undefined) {
    const param = (asList(detail['loc']) ?? []).filter((name) => name !== 'body').join('.')
    const said = asText(detail['msg'])
    const message = said === undefined || param === '' ? said : `${param}: ${said}`
    return { message, type: asText(detail['type']), ...(param !== '' && { param }) }
  }
  return {
    message: asText(body['error']) ?? asText(body['message']) ?? asText(body['detail']),
    type: asText(body['type']),
    code: asText(body['code']),
    param: asText(body['param']),
  }
}

function readError(body: JsonObject): VendorError {
  const error = asObject(body['error'])
  if (error === undefined) return readFlatError(body)
  return {
    message: asText(error['message']),
    type: asText(error['type']) ?? asText(error['status']),
    code: asText(error['code']),
    param: asText(error['param']),
  }
}
