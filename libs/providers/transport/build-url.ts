import { GatewayError } from '#contract'
import type { Endpoint, ProviderFacts } from '../types.ts'

/**
 * Absolute URL of an endpoint: the config's address (else the catalogue's) plus the endpoint's path. A version segment
 * at the end of the address that the path repeats is not doubled. Throws `mismatch` when nobody says an address.
 */
export function buildUrl(
  facts: Pick<ProviderFacts, 'id' | 'baseUrl'>,
  baseUrl: string | undefined,
  endpoint: Endpoint,
): string {
  const base = (baseUrl ?? facts.baseUrl)?.replace(/\/+$/, '')
  if (base === undefined || base === '') {
    throw new GatewayError({
      kind: 'mismatch',
      code: 'config_mismatch',
      message: `Provider "${facts.id}" has no address: set providers.${facts.id}.network_config.base_url.`,
    })
  }
  const version = /^\/v\d+[a-z]*\d*(?=\/)/.exec(endpoint.path)?.[0]
  const withoutVersion =
    version !== undefined && base.endsWith(version) ? base.slice(0, -version.length) : base
  return withoutVersion + endpoint.path
}
