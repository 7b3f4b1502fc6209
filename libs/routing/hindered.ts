import { GatewayError, type ProviderId } from '#contract'
import type { KeyHindrance } from './key-choice.ts'

/** What a caller is told when no key of a provider can be used now and the request may not wait for one. */
export function hindered(
  provider: ProviderId,
  reason: KeyHindrance['reason'],
  retryAfterMs: number,
): GatewayError {
  if (reason === 'circuit_open') {
    return new GatewayError({
      kind: 'unavailable',
      code: reason,
      message: `Provider "${provider}" has failed too often lately and is not asked for a moment. Try again then, or give the request a fallback.`,
      retryAfterMs,
    })
  }
  return new GatewayError({
    kind: 'upstream-rejected',
    code: reason,
    status: 429,
    message: `Provider "${provider}" has asked for a pause that is longer than this request may wait. Try again after it, or give the request a fallback.`,
    retryAfterMs,
  })
}
