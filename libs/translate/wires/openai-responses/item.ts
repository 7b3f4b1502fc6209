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

/** An id without what its vendor begins it with. */
function bareId(id: string): string {
  return id.replace(/^(?:resp_|chatcmpl-|msg_)/, '')
}

/** The answer's id as this wire's callers know it: it begins with `resp`, which the vendor checks when it comes back. */
export function responseId(id: string, requestId: string): string {
  if (id === '') return `resp_${requestId}`
  return id.startsWith('resp') ? id : `resp_${bareId(id)}`
}

/**
 * An id for an item that another vendor's answer has none for: the same for the same answer and place. The vendor's
 * ids begin with the kind and are at most 64 characters long.
 */
export function itemId(kind: 'msg' | 'fc' | 'rs', answerId: string, index: number): string {
  return `${kind}_${bareId(answerId).slice(-longestBase)}_${index}`
}
