import { GatewayError } from '#contract'
import { matchesPattern } from '../pattern.ts'
import type { Endpoint, ProviderFacts } from '../types.ts'

/** The endpoint's path for one request, with the model put in. */
export function endpointPath(
  endpoint: Endpoint,
  request: { readonly model: string; readonly stream: boolean },
): string {
  const path = (request.stream ? endpoint.streamPath : undefined) ?? endpoint.path
  const { model } = request
  if (endpoint.namedPaths === undefined && !path.includes('{model}')) return path
  const named = isPath(model) ? namedPath(endpoint, model) : undefined
  if (named === undefined) return path.replace('{model}', () => encodeSegment(model))
  const rest = path.slice(path.indexOf('{model}') + '{model}'.length)
  return named.replace('{model}', () => model.split('/').map(encodeSegment).join('/')) + rest
}

function namedPath({ namedPaths = {} }: Endpoint, model: string): string | undefined {
  return Object.entries(namedPaths).find(([pattern]) => matchesPattern(pattern, model))?.[1]
}

/** A name that would lead elsewhere (`..`) stays one segment. */
function isPath(model: string): boolean {
  return model.split('/').every((segment) => !/^\.{0,2}$/.test(segment))
}

/** A literal `@` is what the vendors' own clients send; a path may hold one. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll('%40', '@')
}

/**
 * Absolute URL of a path at a provider: the config's address (else the catalogue's) plus the path. A version segment
 * at the end of the address that the path repeats is not doubled. Throws `mismatch` when nobody says an address.
 */
export function buildUrl(
  facts: Pick<ProviderFacts, 'id' | 'baseUrl'>,
  baseUrl: string | undefined,
  path: string,
): string {
  const base = withoutSlashes(baseUrl ?? facts.baseUrl)
  if (base === undefined || base === '') {
    throw new GatewayError({
      kind: 'mismatch',
      code: 'config_mismatch',
      message: `Provider "${facts.id}" has no address: set providers.${facts.id}.network_config.base_url.`,
    })
  }
  const version = /^\/v\d+[a-z]*\d*(?=\/)/.exec(path)?.[0]
  const withoutVersion =
    version !== undefined && base.endsWith(version) ? base.slice(0, -version.length) : base
  return withoutVersion + path
}

function withoutSlashes(base: string | undefined): string | undefined {
  return base?.endsWith('/') ? base.replace(/\/+$/, '') : base
}
