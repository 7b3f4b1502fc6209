import type { Json } from '#contract'
import { asList, asNumber, asObject } from '../../narrow.ts'

/**
 * Whether a citation is this vendor's (`Citation {start, end, text, sources, content_index, type}`, cohere-ai 8.1.0):
 * the canonical model holds citations as their vendors wrote them, and only those go back to this wire.
 */
export function isOwnCitation(value: Json): boolean {
  const citation = asObject(value)
  if (citation === undefined) return false
  return (
    asList(citation['sources']) !== undefined ||
    (asNumber(citation['start']) !== undefined && asNumber(citation['end']) !== undefined)
  )
}

/** Whether it is about a text of the content, and not the plan or the thinking. */
export function citesText(value: Json): boolean {
  const type = asObject(value)?.['type']
  return type === undefined || type === null || type === 'TEXT_CONTENT'
}

/** Number of the content block that it is about; absent = the vendor did not say. */
export function citedBlock(value: Json): number | undefined {
  return asNumber(asObject(value)?.['content_index'])
}
