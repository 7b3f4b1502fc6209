import { isJsonObject, type ProviderId, type WireId } from '#contract'
import type { Records } from './store.ts'

/** What a vendor keeps for its callers under ids of its own. */
export type ResourceKind = 'response' | 'file' | 'batch'

/** Who keeps it: only the key that made a thing finds it again at most vendors. */
export type Owner = {
  readonly provider: ProviderId
  /** The key's name in the config; absent for a provider that is asked without one. */
  readonly key?: string
  /** Who had it made. */
  readonly tenant?: string
}

export type ResourceId = { readonly kind: ResourceKind; readonly id: string }

/** Ids of vendors → provider and key, for 30 days. Rejects as the store's records do. */
export type Owners = {
  remember(ids: readonly ResourceId[], owner: Owner): Promise<void>
  /** `undefined` for an id that was never seen, or not for 30 days. */
  find(id: ResourceId): Promise<Owner | undefined>
}

const ttlMs = 30 * 24 * 60 * 60 * 1_000
/** Vendors' ids are far shorter; what is longer is some caller's own text. */
const longestId = 256

const kinds: { readonly [wire in WireId]?: ResourceKind } = {
  'openai-responses': 'response',
  'openai-files': 'file',
  'anthropic-files': 'file',
  'openai-batches': 'batch',
  'anthropic-batches': 'batch',
}

/** What the answers of a wire have an id of that callers come back with; `undefined` = nothing. */
export function resourceKindOf(wire: WireId): ResourceKind | undefined {
  return kinds[wire]
}

export function createOwners(records: Records): Owners {
  return {
    async remember(ids, owner) {
      const text = JSON.stringify(owner)
      await Promise.all(ids.filter(isKeepable).map((id) => records.set(keyOf(id), text, ttlMs)))
    },
    async find(id) {
      if (!isKeepable(id)) return undefined
      const text = await records.get(keyOf(id))
      return text === undefined ? undefined : readOwner(text)
    },
  }
}

function isKeepable({ id }: ResourceId): boolean {
  return id !== '' && id.length <= longestId
}

function keyOf({ kind, id }: ResourceId): string {
  return `id:${kind}:${id}`
}

/** Another version may have written something else: then it is as if nothing was known. */
function readOwner(text: string): Owner | undefined {
  const value: unknown = JSON.parse(text)
  return isJsonObject(value) && typeof value['provider'] === 'string' ? (value as Owner) : undefined
}
