import type { Json, JsonObject, ReasoningPart } from '#contract'
import type { Draft } from '../../draft.ts'
import { asList, asObject, asText } from '../../narrow.ts'
import { openReasoning, sealReasoning } from '../../sealed-reasoning.ts'
import { itemOf, withItem } from './item.ts'

/*
 * Reasoning items ↔ reasoning parts.
 *
 *   the vendor's item            part
 *   summary, content             text, joined by empty lines
 *   the whole item               extensions (`$item`): goes back to this wire as it was
 *   id, encrypted_content        in answers also sealed (`sealed-reasoning.ts`) as `signature`, or as `redacted` where
 *                                there is no text: so callers of other wires hold it and bring it back
 *
 *   another vendor's part        item for our callers
 *   text                         one `summary_text`, which is what clients show
 *   signature, redacted          `encrypted_content`, marked with its kind: OpenAI's own has no colon in it
 *
 * Reasoning that this vendor did not write is never sent to it: it refuses `encrypted_content` of others, and items
 * without one that it does not remember.
 */
const foreignProof = /^(signature|redacted):/

/** An item of a request: the caller brings back what it was given. */
export function decodeReasoningInput(item: JsonObject): ReasoningPart {
  const { type: _type, ...members } = item
  const part: Draft<ReasoningPart> = { type: 'reasoning', text: reasoningText(item) }
  const encrypted = asText(item['encrypted_content'])
  const kind = encrypted === undefined ? undefined : foreignProof.exec(encrypted)?.[1]
  if (encrypted === undefined || kind === undefined) return withItem(part, members)
  // Not this vendor's: the item is of our making and holds nothing else.
  const proof = encrypted.slice(kind.length + 1)
  if (kind === 'signature') part.signature = proof
  else part.redacted = proof
  return part
}

/** An item of a provider's answer. */
export function decodeReasoningOutput(item: JsonObject): ReasoningPart {
  const { type: _type, ...members } = item
  const text = reasoningText(item)
  const sealed = sealItem(item)
  const part: Draft<ReasoningPart> = { type: 'reasoning', text }
  if (sealed !== undefined && text === '') part.redacted = sealed
  else if (sealed !== undefined) part.signature = sealed
  return withItem(part, members)
}

/** `undefined` for an item that says nothing which could be brought back. */
export function sealItem(item: JsonObject): string | undefined {
  const id = asText(item['id']) ?? ''
  const encrypted = asText(item['encrypted_content']) ?? ''
  return id === '' && encrypted === '' ? undefined : sealReasoning({ id, encrypted })
}

function reasoningText(item: JsonObject): string {
  const pieces = [...(asList(item['summary']) ?? []), ...(asList(item['content']) ?? [])]
  return pieces.map((piece) => asText(asObject(piece)?.['text']) ?? '').join('\n\n')
}

/** For the provider; `undefined` for what it did not write itself. */
export function encodeReasoningInput(part: ReasoningPart): JsonObject | undefined {
  const own = itemOf(part.extensions)
  if (own !== undefined) return { type: 'reasoning', ...own }
  const opened = openReasoning(part.signature ?? part.redacted)
  if (opened === undefined) return undefined
  const item: Record<string, Json> = { type: 'reasoning', summary: summaryOf(part.text) }
  if (opened.id !== '') item['id'] = opened.id
  if (opened.encrypted !== '') item['encrypted_content'] = opened.encrypted
  return item
}

/** For the caller. */
export function encodeReasoningOutput(part: ReasoningPart, newId: string): JsonObject {
  const own = itemOf(part.extensions)
  if (own !== undefined) return { type: 'reasoning', ...own }
  return reasoningItem(part, newId)
}

/** An item from its text and its proof, the vendor's own or another's. */
export function reasoningItem(
  part: Pick<ReasoningPart, 'text' | 'signature' | 'redacted'>,
  newId: string,
): JsonObject {
  const opened = openReasoning(part.signature ?? part.redacted)
  const item: Record<string, Json> = {
    type: 'reasoning',
    id: opened === undefined || opened.id === '' ? newId : opened.id,
    summary: summaryOf(part.text),
  }
  const encrypted = opened === undefined ? markProof(part) : opened.encrypted
  if (encrypted !== '') item['encrypted_content'] = encrypted
  return item
}

function markProof(part: Pick<ReasoningPart, 'signature' | 'redacted'>): string {
  if (part.redacted !== undefined) return `redacted:${part.redacted}`
  return part.signature === undefined || part.signature === '' ? '' : `signature:${part.signature}`
}

function summaryOf(text: string): readonly Json[] {
  return text === '' ? [] : [{ type: 'summary_text', text }]
}
