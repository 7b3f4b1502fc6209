import type { GatewayError, UpstreamErrorAnswer } from '#contract'
import { asList, asObject, asText, parseObject } from '../../narrow.ts'
import { upstreamRejected } from '../../upstream-error.ts'

/**
 * `{"detail": {type, code, message, param, request_id}}`, older answers `{"detail": {status, message}}` or a text; 422 has a
 * list of what is wrong. https://elevenlabs.io/docs/eleven-api/resources/errors
 */
export function decodeError(answer: UpstreamErrorAnswer): GatewayError {
  const detail = parseObject(answer.text)?.['detail']
  const [first] = asList(detail) ?? []
  const said = asObject(detail) ?? asObject(first)
  const place = asList(said?.['loc'])?.filter((step) => step !== 'body')
  return upstreamRejected(answer, {
    message: asText(detail) ?? asText(said?.['message']) ?? asText(said?.['msg']),
    type: asText(said?.['type']),
    code: asText(said?.['code']) ?? asText(said?.['status']),
    param: asText(said?.['param']) ?? place?.join('.'),
    requestId: asText(said?.['request_id']),
  })
}
