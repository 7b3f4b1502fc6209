import { createHash, createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Config } from '#config'

/** The tenant of a request without a key. */
export const anonymous = 'anonymous'

const maxRemembered = 1_000

/**
 * The key that a client sent, in any of the ways that the SDKs send one: AWS's name the id of theirs and sign with its
 * secret, which never comes here. Every key is accepted for now; none is sent upstream.
 */
export function clientKey(headers: IncomingHttpHeaders): string | undefined {
  const authorization = headers.authorization
  if (authorization !== undefined) {
    const bearer = /^bearer +(\S+)$/i.exec(authorization)?.[1]
    if (bearer !== undefined) return bearer
    const accessKey = /^AWS4-HMAC-SHA256 +Credential=([^/\s,]+)\//i.exec(authorization)?.[1]
    if (accessKey !== undefined) return accessKey
  }
  for (const name of ['x-api-key', 'api-key', 'x-goog-api-key']) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

/** How much of a tenant's id says under which salt it was made. */
const saltMarkLength = 8

/**
 * Whose request it is: the tenant that a trusted application names in `server.tenant_header`, else the client's key. A
 * digest in either case.
 */
export function tenantOf(
  api: { readonly config: Config; readonly tenantOf: (key: string | undefined) => string },
  headers: IncomingHttpHeaders,
): string {
  const { tenantHeader } = api.config.server
  const named = tenantHeader === undefined ? undefined : headers[tenantHeader]
  // No header can hold the zero: a name cannot be taken for another client's key.
  if (typeof named === 'string' && named !== '') return api.tenantOf(`\0tenant ${named}`)
  return api.tenantOf(clientKey(headers))
}

/** A digest of the caller's session; `undefined` without one. A session belongs to its tenant. */
export function sessionOf(
  api: { readonly config: Config; readonly tenantOf: (key: string | undefined) => string },
  headers: IncomingHttpHeaders,
  tenant: string,
): string | undefined {
  const session = headers[api.config.routing.sessionHeader]
  if (typeof session !== 'string' || session === '') return undefined
  return api.tenantOf(`\0session ${tenant} ${session}`)
}

/**
 * Digests client keys to tenant ids: 8 hex digits that stand for the salt, 24 of HMAC-SHA256.
 *
 * The salt must be the same on all pods, or one client would be several tenants, and must not stand in Redis, or who
 * reads jobs there could try keys against the digests. So it is derived from what exactly the pods share: the
 * configured provider keys, by a one-way hash. Changing a provider key gives every client a new id; by the
 * salt's mark it is seen that an older one cannot be compared with it. Without any provider key (a keyless setup) the salt is a constant.
 */
export function createTenantDigest(config: Config): (key: string | undefined) => string {
  const salt = createHash('sha256').update('bifrost tenant 1')
  for (const id of Object.keys(config.providers).sort()) {
    for (const key of config.providers[id]?.keys ?? []) salt.update(`\0${id}\0${key.value.reveal()}`)
  }
  const secret = salt.digest()
  const mark = createHash('sha256').update('salt').update(secret).digest('hex').slice(0, saltMarkLength)
  const remembered = new Map<string, string>()
  return (key) => {
    if (key === undefined) return anonymous
    const known = remembered.get(key)
    if (known !== undefined) return known
    const digest = mark + createHmac('sha256', secret).update(key).digest('hex').slice(0, 24)
    // Forgetting all at once is enough to bound it; the digest of a busy client is back with its next request.
    if (remembered.size >= maxRemembered) remembered.clear()
    remembered.set(key, digest)
    return digest
  }
}

/**
 * Whether what `owner` had made is hidden from `asker`. Where nobody is known to have had it made, or a tenant of another
 * salt, whoever has the id has the thing.
 */
export function isHidden(owner: string | undefined, asker: string): boolean {
  if (owner === undefined || owner === anonymous || owner === asker) return false
  return asker === anonymous || owner.slice(0, saltMarkLength) === asker.slice(0, saltMarkLength)
}
