import type { Extensions, JsonObject } from '#contract'
import { itemMembers } from '../../item-members.ts'
import { asObject } from '../../narrow.ts'

/** The vendor's own members of the item that a part stood in; `undefined` where it stood in none of this wire. */
export function itemOf(extensions: Extensions | undefined): JsonObject | undefined {
  return asObject(extensions?.['openai-responses']?.[itemMembers])
}

/** The own members of a part, without those of its item. */
export function ownMembers(extensions: Extensions | undefined): JsonObject | undefined {
  const own = extensions?.['openai-responses']
  if (own === undefined || !Object.hasOwn(own, itemMembers)) return own
  const { [itemMembers]: _item, ...rest } = own
  return rest
}

/** A part (or turn) that remembers the item that it stood in. */
export function withItem<T extends { readonly extensions?: Extensions }>(part: T, item: JsonObject): T {
  const own = part.extensions?.['openai-responses']
  return { ...part, extensions: { 'openai-responses': { ...own, [itemMembers]: item } } }
}

const longestBase = 48

/**
 * An id for an item that another vendor's answer has none for: the same for the same answer and place. The vendor's
 * ids begin with the kind and are at most 64 characters long.
 */
export function itemId(kind: 'msg' | 'fc' | 'rs', responseId: string, index: number): string {
  const base = responseId.replace(/^(?:resp_|chatcmpl-|msg_)/, '').slice(-longestBase)
  return `${kind}_${base}_${index}`
}
