import { createHash } from 'node:crypto'
import { isJsonObject, type ProviderId, type WireId } from '#contract'
import type { Records } from './store.ts'

/** What a vendor keeps for its callers under ids of its own. */
export type ResourceKind = 'response' | 'file' | 'batch' | 'upload'

/** Who keeps it: only the key that made a thing finds it again at most vendors. */
export type Owner = {
  readonly provider: ProviderId
  /** The key's name in the config; absent for a provider that is asked without one. */
  readonly key?: string
  /** Who had it made. */
  readonly tenant?: string
}

export type ResourceId = {
  readonly kind: ResourceKind
  readonly id: string
  /** What it came out of: it belongs to the same tenant. */
  readonly of?: Omit<ResourceId, 'of'>
}

/** Ids of vendors → provider and key, for 30 days. Rejects as the store's records do. */
export type Owners = {
  /** Of what has just been made. */
  remember(ids: readonly ResourceId[], owner: Owner): Promise<void>
  /** Of what was there before: who had it made stays who had it made, and is nobody where that is not known. */
  renew(ids: readonly ResourceId[], owner: Omit<Owner, 'tenant'>): Promise<void>
  /** `undefined` for an id that was never seen, or not for 30 days. */
  find(id: ResourceId): Promise<Owner | undefined>
}

const ttlMs = 30 * 24 * 60 * 60 * 1_000
/** Vendors' ids are far shorter, but for those of uploads; what is longer is some caller's own text. */
const longestId = 2_048
/** A longer one is kept as its digest. */
const longestKey = 256

const kinds: { readonly [wire in WireId]?: ResourceKind } = {
  'openai-responses': 'response',
  'openai-files': 'file',
  'anthropic-files': 'file',
  'gemini-files': 'file',
  'gemini-uploads': 'file',
  'openai-batches': 'batch',
  'anthropic-batches': 'batch',
}

/** What the answers of a wire have an id of that callers come back with; `undefined` = nothing. */
export function resourceKindOf(wire: WireId): ResourceKind | undefined {
  return kinds[wire]
}

export function createOwners(records: Records): Owners {
  const write = async (id: ResourceId, owner: Owner) => records.set(keyOf(id), JSON.stringify(owner), ttlMs)
  return {
    async remember(ids, owner) {
      await Promise.all(ids.filter(isKeepable).map((id) => write(id, owner)))
    },
    async renew(all, owner) {
      const ids = all.filter(isKeepable)
      const known = [...ids, ...ids.flatMap(({ of }) => (of === undefined ? [] : [of]))].map(keyOf)
      const texts = await records.getMany(known)
      const tenants = new Map(known.map((key, index) => [key, tenantIn(texts[index])]))
      const tenantOf = (id: ResourceId) =>
        tenants.get(keyOf(id)) ?? (id.of === undefined ? undefined : tenants.get(keyOf(id.of)))
      await Promise.all(
        ids.map((id) => {
          const tenant = tenantOf(id)
          return write(id, tenant === undefined ? owner : { ...owner, tenant })
        }),
      )
    },
    async find(id) {
      if (!isKeepable(id)) return undefined
      const text = await records.get(keyOf(id))
      return text === undefined ? undefined : readOwner(text)
    },
  }
}

function tenantIn(text: string | undefined): string | undefined {
  return text === undefined ? undefined : readOwner(text)?.tenant
}

function isKeepable({ id }: ResourceId): boolean {
  return id !== '' && id.length <= longestId
}

function keyOf({ kind, id }: ResourceId): string {
  const short = id.length <= longestKey ? id : createHash('sha256').update(id).digest('hex')
  return `id:${kind}:${short}`
}

/** Another version may have written something else: then it is as if nothing was known. */
function readOwner(text: string): Owner | undefined {
  const value: unknown = JSON.parse(text)
  return isJsonObject(value) && typeof value['provider'] === 'string' ? (value as Owner) : undefined
}
