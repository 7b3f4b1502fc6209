import type { Json } from '#contract'
import { asList, asObject, asText } from '../../narrow.ts'

/** One item of a `content` that is a list. */
export type ContentChunk = { readonly kind: 'text' | 'reasoning'; readonly text: string }

/**
 * An item of a list of content: text, or Mistral's `{"type": "thinking", "thinking": [{"type": "text", …}]}`;
 * `undefined` for what is neither. https://docs.mistral.ai/capabilities/reasoning
 */
export function decodeChunk(value: Json): ContentChunk | undefined {
  const object = asObject(value)
  const text = asText(object?.['text'])
  if (text !== undefined) return { kind: 'text', text }
  const thinking = asList(object?.['thinking'])
  if (thinking === undefined) return undefined
  return { kind: 'reasoning', text: thinking.map((part) => asText(asObject(part)?.['text']) ?? '').join('') }
}
