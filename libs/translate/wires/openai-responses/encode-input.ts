import type {
  Json,
  JsonObject,
  Message,
  Part,
  RefusalPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { messagePath, partPath } from '../../paths.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeInputContent, encodeOutputPart, warnOfMembers } from './encode-content.ts'
import { itemOf } from './item.ts'
import { encodeReasoningInput } from './reasoning-item.ts'

/*
 * Turns → `input`. A turn of the assistant becomes as many items as it needs:
 *
 *   text, refusal    of this wire: parts of the message that the first of them remembers (`$item`)
 *                    of another: a message of one plain text each, which needs no id; a refusal speaks as text (`changed`)
 *   tool-call        function_call
 *   reasoning        the vendor's own item; what others thought is named in a warning
 *   opaque           itself
 */

type Wanted = { readonly message: Message; readonly index: number; readonly warnings: Warnings }

export function encodeInput(messages: readonly Message[], warnings: Warnings): readonly JsonObject[] {
  return messages.flatMap((message, index) => {
    const path = messagePath(message, index)
    warnOfForeign(message.extensions, { own: 'openai-responses', warnings, path: `${path}.` })
    if (message.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
    if (message.name !== undefined) warnings.unsupported(`${path}.name`)
    const wanted = { message, index, warnings }
    if (message.role === 'tool') return encodeToolTurn(wanted)
    return message.role === 'assistant' ? encodeAssistant(wanted) : [encodeTurn(wanted)]
  })
}

/** A system, developer or user turn. */
function encodeTurn({ message, index, warnings }: Wanted): JsonObject {
  const pathOf = (part: number) => partPath(message, index, part)
  const content = encodeInputContent(message.parts, pathOf, warnings)
  return { type: 'message', role: message.role, content, ...itemOf(message.extensions) }
}

function encodeAssistant(wanted: Wanted): readonly JsonObject[] {
  const { message, index, warnings } = wanted
  const items: JsonObject[] = []
  /** The content of the message of this wire that is being written. */
  let said: JsonObject[] | undefined
  for (const [position, part] of message.parts.entries()) {
    const path = partPath(message, index, position)
    if (part.type !== 'text' && part.type !== 'refusal') {
      said = undefined
      const item = encodeAssistantItem(part, path, warnings)
      if (item !== undefined) items.push(item)
      continue
    }
    const item = itemOf(part.extensions)
    if (item !== undefined) {
      said = []
      items.push({ type: 'message', role: 'assistant', content: said, ...item })
    }
    if (said !== undefined) said.push(encodeSaid(part, path, warnings))
    else if (part.text !== '' || message.parts.length === 1) items.push(speak(part, path, warnings))
  }
  return items.map(compact)
}

function encodeSaid(part: TextPart | RefusalPart, path: string, warnings: Warnings): JsonObject {
  const own = warnOfMembers(part, path, warnings)
  const encoded = encodeOutputPart(part, path, warnings)
  return own === undefined ? encoded : { ...encoded, ...own }
}

/** A message without an id holds a plain text (openai 7.57.0, EasyInputMessage). */
function speak(part: TextPart | RefusalPart, path: string, warnings: Warnings): JsonObject {
  warnOfMembers(part, path, warnings)
  if (part.type === 'refusal') warnings.changed(path)
  else if (part.citations !== undefined) warnings.unsupported(`${path}.citations`)
  return { type: 'message', role: 'assistant', content: part.text }
}

/** A message of one plain text and no members of its own goes in the short form. */
function compact(item: JsonObject): JsonObject {
  const { content } = item
  if (item['type'] !== 'message' || !Array.isArray(content) || Object.keys(item).length !== 3) return item
  const [only] = content as readonly JsonObject[]
  const isPlain =
    content.length === 1 &&
    only?.['type'] === 'output_text' &&
    Object.keys(only).length === 3 &&
    (only['annotations'] as readonly Json[]).length === 0
  return isPlain ? { ...item, content: only['text'] ?? '' } : item
}

function encodeAssistantItem(
  part: Exclude<Part, TextPart | RefusalPart>,
  path: string,
  warnings: Warnings,
): JsonObject | undefined {
  if (part.type === 'opaque' && part.wire === 'openai-responses') return part.value as JsonObject
  if (part.type === 'tool-call') {
    warnOfMembers(part, path, warnings)
    if (part.signature !== undefined) warnings.unsupported(`${path}.signature`)
    return encodeCall(part)
  }
  const item = part.type === 'reasoning' ? encodeReasoningInput(part) : undefined
  if (item === undefined) warnings.unsupported(path)
  return item
}

function encodeCall(part: ToolCallPart): JsonObject {
  const { id, name, argumentsText } = part
  return {
    type: 'function_call',
    call_id: id,
    name,
    arguments: argumentsText === '' ? '{}' : argumentsText,
    ...itemOf(part.extensions),
  }
}

/** One item per result. */
function encodeToolTurn({ message, index, warnings }: Wanted): readonly JsonObject[] {
  const items: JsonObject[] = []
  for (const [position, part] of message.parts.entries()) {
    const path = partPath(message, index, position)
    if (part.type === 'tool-result') items.push(encodeToolResult(part, path, warnings))
    else warnings.unsupported(path)
  }
  return items
}

function encodeToolResult(part: ToolResultPart, path: string, warnings: Warnings): JsonObject {
  warnOfMembers(part, path, warnings)
  if (part.isError === true) warnings.unsupported(`${path}.is_error`)
  const member = itemOf(part.extensions) === undefined ? 'content' : 'output'
  const output = encodeInputContent(part.content, (inner) => `${path}.${member}[${inner}]`, warnings)
  return { type: 'function_call_output', call_id: part.callId, output, ...itemOf(part.extensions) }
}
