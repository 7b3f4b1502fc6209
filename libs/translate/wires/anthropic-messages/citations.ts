import type { Json } from '#contract'
import { asObject, asText } from '../../narrow.ts'

/**
 * Whether a citation is this vendor's (`TextCitation`, whose types all end in `_location`; @anthropic-ai/sdk 1.12.0): the
 * canonical model holds citations as their vendors wrote them, and only those go back to this wire.
 */
export function isOwnCitation(value: Json): boolean {
  return asText(asObject(value)?.['type'])?.endsWith('_location') ?? false
}
