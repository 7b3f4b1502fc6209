import { GatewayError, type UpstreamErrorAnswer, type UpstreamFacts } from '#contract'
import type { Draft } from './draft.ts'
import { maskSecrets } from './mask-secrets.ts'
import { retryAfterMs } from './retry-after.ts'

/** What a wire could read of an error in its vendor's own shape. */
export type VendorError = {
  readonly message?: string | undefined
  readonly type?: string | undefined
  readonly code?: string | undefined
  readonly param?: string | undefined
  readonly requestId?: string | undefined
}

/**
 * A provider's error answer as GatewayError: status and message stay the vendor's (keys masked); an answer in no shape
 * that the wire knows (HTML of a proxy, nothing) is described and never shown.
 */
export function upstreamRejected(answer: UpstreamErrorAnswer, error: VendorError): GatewayError {
  const rejected = answer.status >= 400
  return new GatewayError({
    kind: rejected ? 'upstream-rejected' : 'upstream-failed',
    code: error.code ?? error.type ?? (rejected ? 'upstream_rejected' : 'upstream_unexpected_status'),
    message: error.message === undefined ? describe(answer) : maskSecrets(error.message),
    status: rejected ? answer.status : undefined,
    param: error.param,
    retryAfterMs: retryAfterMs(answer.headers, answer.nowMs),
    upstream: factsOf(answer, error),
  })
}

/** An error that the provider reported inside a stream, where there is no status but the one its type stands for. */
export function upstreamRejectedInStream(error: VendorError, status: number): GatewayError {
  return new GatewayError({
    kind: 'upstream-rejected',
    code: error.code ?? error.type ?? 'upstream_rejected',
    message: maskSecrets(
      error.message ?? 'The provider reported an error inside its stream without saying which.',
    ),
    status,
    param: error.param,
  })
}

/** The provider's answer is not what its wire says. `what` names the place, never content. */
export function malformedAnswer(what: string): GatewayError {
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_malformed_answer',
    message: `The provider's answer could not be read: ${what}. Try again, or check that base_url points at this kind of API.`,
  })
}

/** The provider's stream stopped before its natural end. */
export function truncatedStream(missing: string): GatewayError {
  return new GatewayError({
    kind: 'upstream-failed',
    code: 'upstream_stream_truncated',
    message: `The provider's stream ended before ${missing}; the answer so far is incomplete. Try again.`,
  })
}

function describe(answer: UpstreamErrorAnswer): string {
  const type = answer.headers['content-type']?.split(';')[0]?.trim()
  const what = answer.text.trim() === '' ? 'an empty body' : `a body of type ${type || 'unknown'}`
  return `The provider answered with status ${answer.status} and ${what} instead of an error in its own format. Check base_url and what stands between the gateway and the provider.`
}

function factsOf(answer: UpstreamErrorAnswer, error: VendorError): UpstreamFacts {
  const facts: Draft<UpstreamFacts> = { provider: answer.provider, status: answer.status }
  if (error.type !== undefined) facts.type = error.type
  if (error.code !== undefined) facts.code = error.code
  const requestId = error.requestId ?? answer.headers['request-id'] ?? answer.headers['x-request-id']
  if (requestId !== undefined) facts.requestId = requestId
  return facts
}
