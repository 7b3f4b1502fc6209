import type { Json } from '#contract'
import { asList, asObject, asText } from '../../narrow.ts'

/**
 * Citations are the vendor's own objects and carry no name of their wire. This vendor's (`Citation`) have a place or
 * the text that was cited; Anthropic's and OpenAI's have a `type`.
 */
export function isOwnCitation(citation: Json): boolean {
  const object = asObject(citation)
  if (object === undefined || object['type'] !== undefined) return false
  return (
    asObject(object['location']) !== undefined ||
    asList(object['sourceContent']) !== undefined ||
    (asText(object['source']) ?? asText(object['title'])) !== undefined
  )
}
