import { GatewayError, type Secret } from '#contract'
import type { AuthScheme } from './types.ts'

/**
 * The headers that carry a credential, by scheme. None without a secret or with an empty one (a provider that can be
 * used without a key). Throws `not-implemented` for schemes that sign each request.
 */
export function authHeaders(scheme: AuthScheme, secret: Secret | undefined): Record<string, string> {
  const text = secret?.reveal() ?? ''
  if (scheme === 'none' || text === '') return {}
  switch (scheme) {
    case 'bearer':
      return { authorization: `Bearer ${text}` }
    case 'x-api-key':
    case 'x-goog-api-key':
    case 'api-key':
    case 'xi-api-key':
      return { [scheme]: text }
    case 'sigv4':
    case 'google-oauth':
      throw new GatewayError({
        kind: 'not-implemented',
        code: 'not_implemented',
        message: `This build cannot sign requests with "${scheme}" yet; choose a provider that takes an API key.`,
      })
    default:
      return scheme satisfies never
  }
}
