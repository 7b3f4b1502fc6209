import type { IncomingHttpHeaders } from 'node:http'
import type { Config, ProviderConfig } from '#config'
import { GatewayError, type JsonObject } from '#contract'
import type { Owner, Owners, ResourceId } from '#store'
import { isHidden } from '../authenticate.ts'
import type { ResourceRoute } from './route.ts'

/** Where a request to a vendor's resource goes. */
export type ChosenOwner = { readonly provider: ProviderConfig; readonly key?: string }

/**
 * To who keeps what the request names; where nothing is known of it, or it names nothing, to the provider of
 * `x-bifrost-provider`, else to the surface's own. Throws `not-found` for a provider that is not configured, and for what another tenant had made.
 */
export async function chooseOwner(
  options: { readonly config: Config; readonly owners: Owners },
  request: {
    readonly route: ResourceRoute
    readonly id: string | undefined
    readonly json: JsonObject | undefined
    readonly headers: IncomingHttpHeaders
    readonly tenant: string
  },
): Promise<ChosenOwner> {
  if (['', '.', '..'].includes(request.id ?? 'none')) throw noSuchId()
  const named = namedBy(request)
  const known = named === undefined ? undefined : await options.owners.find(named)
  if (named !== undefined && isHidden(known?.tenant, request.tenant)) throw unknownId(named)
  const asked = request.headers['x-bifrost-provider']
  const owner: Owner = known ?? { provider: typeof asked === 'string' ? asked : request.route.ownProvider }
  const provider = options.config.providers[owner.provider]
  if (provider === undefined) throw notConfigured(owner.provider)
  return owner.key === undefined ? { provider } : { provider, key: owner.key }
}

function namedBy({ route, id, json }: Parameters<typeof chooseOwner>[1]): ResourceId | undefined {
  if (id !== undefined) return { kind: route.kind, id }
  const other = route.names && json?.[route.names.member]
  return route.names !== undefined && typeof other === 'string'
    ? { kind: route.names.kind, id: other }
    : undefined
}

/** As part of a path it would not name a thing but another path. */
function noSuchId(): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'not_found',
    message: 'The id in the path is none.',
    param: 'id',
  })
}

/** As for one that nobody ever made. */
export function unknownId({ kind, id }: ResourceId): GatewayError {
  return new GatewayError({
    kind: 'not-found',
    code: 'not_found',
    message: `There is no ${kind} with the id ${JSON.stringify(id.slice(0, 120))}.`,
    param: 'id',
  })
}

function notConfigured(provider: string): GatewayError {
  const name = JSON.stringify(provider.slice(0, 120))
  return new GatewayError({
    kind: 'not-found',
    code: 'provider_not_found',
    message: `The provider ${name} is not configured here. Add it to providers in the gateway's config, or name a configured one in x-bifrost-provider.`,
    param: 'x-bifrost-provider',
  })
}
