import { GatewayError } from '#contract'
import { matchesPattern } from './pattern.ts'
import { buildUrl, endpointPath } from './transport/build-url.ts'
import type { Endpoint, Place, ProviderCredential, ProviderFacts } from './types.ts'

/** The model as the key's account names it. */
export function modelOf(credential: ProviderCredential | undefined, model: string): string {
  const { aliases } = credential ?? {}
  return aliases !== undefined && Object.hasOwn(aliases, model) ? (aliases[model] ?? model) : model
}

/**
 * Where a request goes: the config's address, else the key's own, else the vendor's for the key's region. Throws
 * `mismatch` where the address or a part of the path is said by nobody.
 */
export function addressOf(options: {
  readonly facts: ProviderFacts
  readonly baseUrl: string | undefined
  readonly endpoint: Endpoint
  readonly model: string
  readonly stream: boolean
  /** What follows the path, then `?` and a query; already percent-encoded. */
  readonly suffix?: string | undefined
  readonly credential: ProviderCredential | undefined
}): string {
  const { facts, credential } = options
  const place = placeOf(facts, credential)
  const path = endpointPath(options.endpoint, {
    model: modelOf(credential, options.model),
    stream: options.stream,
  })
  const base = options.baseUrl ?? credential?.url ?? options.endpoint.baseUrl ?? regionalBaseUrl(facts, place)
  return buildUrl(facts, base, withSuffix(fillPlace(path, { facts, place }), options.suffix ?? ''))
}

const nowhere: Place = {}

function placeOf(facts: ProviderFacts, credential: ProviderCredential | undefined): Place {
  if (credential?.place === undefined) return facts.place ?? nowhere
  return { ...facts.place, ...credential.place }
}

/** What a caller adds to a path stands before the path's own query, and its query after that. */
function withSuffix(path: string, suffix: string): string {
  if (suffix === '') return path
  const [ownPath = '', ownQuery] = splitQuery(path)
  const [rest = '', query] = splitQuery(suffix)
  const queries = [ownQuery, query].filter((text) => text !== undefined && text !== '')
  return ownPath + rest + (queries.length === 0 ? '' : `?${queries.join('&')}`)
}

function splitQuery(path: string): readonly string[] {
  const at = path.indexOf('?')
  return at === -1 ? [path] : [path.slice(0, at), path.slice(at + 1)]
}

function regionalBaseUrl(facts: ProviderFacts, place: Place): string | undefined {
  const { region } = place
  if (facts.regionalBaseUrls === undefined || region === undefined) return undefined
  const found = Object.entries(facts.regionalBaseUrls).find(([pattern]) => matchesPattern(pattern, region))
  // A region is part of a host's name, so it is what the config's check lets through: letters, digits and "-".
  return found?.[1].replace('{region}', region)
}

function fillPlace(
  path: string,
  { facts, place }: { readonly facts: ProviderFacts; readonly place: Place },
): string {
  if (!path.includes('{')) return path
  return path.replaceAll(/\{(region|project|apiVersion)\}/g, (_whole, name: keyof Place) => {
    const value = place[name]
    if (value !== undefined) return encodeURIComponent(value)
    const member = facts.keyConfig ?? 'value'
    throw new GatewayError({
      kind: 'mismatch',
      code: 'config_mismatch',
      message: `The chosen key of provider "${facts.id}" says no ${name}: set providers.${facts.id}.keys[].${member}.${facts.needs?.[name] ?? name}.`,
    })
  })
}
