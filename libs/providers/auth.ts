import type { Secret } from '#contract'
import type { AuthScheme } from './types.ts'

/**
 * The headers that carry a key, by scheme. None without a secret or with an empty one: a provider that can be used
 * without a key, or one whose requests are signed.
 */
export function authHeaders(scheme: AuthScheme, secret: Secret | undefined): Record<string, string> {
  const text = secret?.reveal() ?? ''
  if (scheme === 'none' || text === '') return {}
  return scheme === 'bearer' ? { authorization: `Bearer ${text}` } : { [scheme]: text }
}
