import { GatewayError, isJsonObject, type JsonObject } from '#contract'
import { maskAnswer } from '../mask-answer.ts'
import { responseHeaders } from '../response-headers.ts'
import type { Exchange, Failure, LaneContext } from './lane.ts'
import { parseObject, readWhole } from './read-answer.ts'

/** An error answer above this is described and not shown: it must fit the reply's window in one go. */
const longestShownBytes = 512 * 1024

/**
 * Reads a provider's error answer (status 300 and above). `native`: the caller speaks the provider's wire, so the
 * provider's own JSON may tell it.
 */
export async function readUpstreamError(
  context: LaneContext,
  exchange: Exchange,
  options: { readonly native: boolean },
): Promise<Failure> {
  const { status, headers, body } = exchange.response
  const bytes = await readWhole(body)
  if (status < 400) return { error: redirected(context.provider, status) }
  const text = bytes.toString('utf8')
  const error = context.wire.decodeError({
    provider: context.provider,
    status,
    headers,
    text,
    nowMs: context.nowMs(),
  })
  const shows = options.native && bytes.length <= longestShownBytes && parseObject(text) !== undefined
  if (!shows) return { error }
  const shown = responseHeaders(headers, 'application/json')
  return { error, vendor: { status, headers: shown, body: maskAnswer(bytes, exchange.credential) } }
}

function redirected(provider: string, status: number): GatewayError {
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_bad_response',
    message: `Provider "${provider}" answered with a redirect (status ${status}), which is not followed; set base_url to the address that it points at.`,
    upstream: { provider, status },
  })
}

/**
 * An error object in an answer that says 200: some servers refuse a request in this way. Undefined when the JSON is
 * something else.
 */
export function errorBehindSuccess(
  context: LaneContext,
  exchange: Exchange,
  body: { readonly text: string; readonly json: JsonObject | undefined },
): GatewayError | undefined {
  if (!isJsonObject(body.json?.['error'])) return undefined
  return context.wire.decodeError({
    provider: context.provider,
    status: 502,
    headers: exchange.response.headers,
    text: body.text,
    nowMs: context.nowMs(),
  })
}
