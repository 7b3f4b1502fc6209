import type { DocumentPart, Json, JsonObject, Message, Part, ToolResultPart } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { messagePath, partPath } from '../../paths.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeDocument, encodeDocumentItem } from './documents.ts'
import { encodeAssistant } from './encode-assistant.ts'
import { encodePart, plainContent, type Wanted } from './encode-part.ts'
import type { ModelTraits } from './model-traits.ts'

/*
 * Turns of the conversation → `messages` and `documents`.
 *
 *   system, developer   `system`, in its place
 *   user                `user`: texts and images. Documents go to the request's `documents` (`changed`): no message holds
 *                       them; those that came from there go back without a word
 *   assistant           see encode-assistant.ts
 *   tool                one `tool` message per result: texts and documents
 *   a turn of which nothing is left   left out (`changed`)
 */

export type Conversation = { readonly messages: readonly JsonObject[]; readonly documents: readonly Json[] }

export function encodeConversation(
  messages: readonly Message[],
  traits: ModelTraits,
  warnings: Warnings,
): Conversation {
  const encoded: JsonObject[] = []
  const documents: Json[] = []
  for (const [index, message] of messages.entries()) {
    const wanted = { message, index, warnings, traits }
    warnOfTurn(wanted)
    switch (message.role) {
      case 'tool':
        encoded.push(...encodeToolTurn(wanted))
        break
      case 'assistant':
        encoded.push(...leftOf(encodeAssistant(wanted), wanted))
        break
      default:
        encoded.push(...encodeTurn(wanted, documents))
    }
  }
  return { messages: encoded, documents }
}

function warnOfTurn({ message, index, warnings }: Wanted): void {
  const path = messagePath(message, index)
  if (message.name !== undefined) warnings.unsupported(`${path}.name`)
  if (message.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
  warnOfForeign(message.extensions, { own: 'cohere-v2', warnings, path: `${path}.` })
}

function leftOf(turn: JsonObject | undefined, { message, index, warnings }: Wanted): readonly JsonObject[] {
  if (turn !== undefined) return [turn]
  warnings.changed(messagePath(message, index))
  return []
}

/** A system or user turn. */
function encodeTurn(wanted: Wanted, documents: Json[]): readonly JsonObject[] {
  const { message, index } = wanted
  const content: JsonObject[] = []
  let moved = false
  for (const [position, part] of message.parts.entries()) {
    const path = partPath(message, index, position)
    if (part.type === 'document') {
      documents.push(moveDocument(part, path, wanted))
      moved = true
      continue
    }
    const block = encodePart(part, path, wanted)
    if (block !== undefined) content.push(block)
  }
  const isLeft = content.length > 0 || message.parts.length === 0
  if (!isLeft && moved) return []
  const role = message.role === 'user' ? 'user' : 'system'
  const turn = { role, content: plainContent(content), ...message.extensions?.['cohere-v2'] }
  return leftOf(isLeft ? turn : undefined, wanted)
}

function moveDocument(part: DocumentPart, path: string, { message, warnings }: Wanted): Json {
  if (part.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
  warnOfForeign(part.extensions, { own: 'cohere-v2', warnings, path: `${path}.` })
  if (message.path !== 'documents') warnings.changed(path)
  return encodeDocumentItem(part, path)
}

function encodeToolTurn(wanted: Wanted): readonly JsonObject[] {
  const { message, index, warnings } = wanted
  const encoded: JsonObject[] = []
  for (const [position, part] of message.parts.entries()) {
    const path = partPath(message, index, position)
    if (part.type === 'tool-result') encoded.push(encodeToolResult(part, path, wanted))
    else warnings.unsupported(path)
  }
  return encoded
}

function encodeToolResult(part: ToolResultPart, path: string, wanted: Wanted): JsonObject {
  const { message, warnings } = wanted
  if (part.isError === true) warnings.unsupported(`${path}.is_error`)
  if (part.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
  warnOfForeign(part.extensions, { own: 'cohere-v2', warnings, path: `${path}.` })
  const content: JsonObject[] = []
  for (const [position, inner] of part.content.entries()) {
    const block = encodeResultPart(inner, `${path}.content[${position}]`, wanted)
    if (block !== undefined) content.push(block)
  }
  const own = message.extensions?.['cohere-v2']
  return { role: 'tool', tool_call_id: part.callId, content: plainContent(content), ...own }
}

/** `ToolContent = Text | Document` (cohere-ai 8.1.0). */
function encodeResultPart(part: Part, path: string, wanted: Wanted): JsonObject | undefined {
  if (part.type !== 'document') return encodePart(part, path, wanted)
  warnOfForeign(part.extensions, { own: 'cohere-v2', warnings: wanted.warnings, path: `${path}.` })
  if (part.cache !== undefined) wanted.warnings.unsupported(`${path}.cache_control`)
  return { type: 'document', document: encodeDocument(part, path) }
}
