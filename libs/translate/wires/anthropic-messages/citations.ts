import type { Json } from '#contract'
import { asObject, asText } from '../../narrow.ts'

/** The kinds of citation (@anthropic-ai/sdk 1.12.0, TextCitation); the vendor refuses any other. */
const kinds: ReadonlySet<string | undefined> = new Set([
  ...['char_location', 'page_location', 'content_block_location'],
  ...['web_search_result_location', 'search_result_location'],
])

/** Whether a citation is of this vendor's making. */
export function isCitation(citation: Json): boolean {
  return kinds.has(asText(asObject(citation)?.['type']))
}
