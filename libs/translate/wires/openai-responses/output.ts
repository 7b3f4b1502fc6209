import type { Json, JsonObject, Part, RefusalPart, TextPart, ToolCallPart } from '#contract'
import type { Draft } from '../../draft.ts'
import { asList, asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeOutputPart } from './encode-content.ts'
import { itemId, itemOf, ownMembers, withItem } from './item.ts'
import { decodeLogprobs, encodeLogprobs, warnOfLogprobs } from './logprobs.ts'
import { decodeReasoningOutput, encodeReasoningOutput } from './reasoning-item.ts'
import type { ItemStatus } from './types.ts'

/*
 * Items of an answer ↔ parts. Neighbouring texts and refusals are one message, unless one of them remembers the message
 * that it began; items that another vendor's answer has no id for get one from the answer's.
 */

const knownOfCall: ReadonlySet<string> = new Set(['type', 'call_id', 'name', 'arguments'])
const knownOfMessage: ReadonlySet<string> = new Set(['type', 'role', 'content'])
const knownOfText: ReadonlySet<string> = new Set(['type', 'text', 'annotations', 'logprobs'])

/** One item of `output`; a kind that has no neutral form stays opaque. */
export function decodeOutputItem(value: Json): readonly Part[] {
  const item = asObject(value)
  switch (item?.['type']) {
    case 'message':
      return decodeMessage(item)
    case 'reasoning':
      return [decodeReasoningOutput(item)]
    case 'function_call':
      return [decodeCall(item)]
    default:
      return [{ type: 'opaque', wire: 'openai-responses', value }]
  }
}

/** A message of parts that are not all known stays opaque as a whole: its parts say nothing apart. */
function decodeMessage(item: JsonObject): readonly Part[] {
  const content = asList(item['content']) ?? []
  const parts = content.flatMap((value) => decodeContent(value) ?? [])
  if (parts.length < content.length) return [{ type: 'opaque', wire: 'openai-responses', value: item }]
  const [first] = parts
  if (first === undefined) return []
  return [withItem(first, unknownMembers(item, knownOfMessage) ?? {}), ...parts.slice(1)]
}

function decodeContent(value: Json): TextPart | RefusalPart | undefined {
  const part = asObject(value)
  switch (part?.['type']) {
    case 'output_text': {
      const text: Draft<TextPart> = { type: 'text', text: asText(part['text']) ?? '' }
      const annotations = asList(part['annotations'])
      if (annotations !== undefined && annotations.length > 0) text.citations = annotations
      const unknown = unknownMembers(part, knownOfText)
      if (unknown !== undefined) text.extensions = { 'openai-responses': unknown }
      return text
    }
    case 'refusal':
      return { type: 'refusal', text: asText(part['refusal']) ?? '' }
    default:
      return undefined
  }
}

function decodeCall(item: JsonObject): ToolCallPart {
  const call: ToolCallPart = {
    type: 'tool-call',
    id: asText(item['call_id']) ?? asText(item['id']) ?? '',
    name: asText(item['name']) ?? '',
    argumentsText: asText(item['arguments']) ?? '',
  }
  return withItem(call, unknownMembers(item, knownOfCall) ?? {})
}

/** The logprobs of all texts. */
export function decodeOutputLogprobs(output: readonly Json[]): Json | undefined {
  const content = output.flatMap((item) =>
    (asList(asObject(item)?.['content']) ?? []).flatMap((part) => asList(asObject(part)?.['logprobs']) ?? []),
  )
  return decodeLogprobs(content)
}

export type OutputOptions = {
  readonly responseId: string
  /** Of an answer that is not whole, the last message is not whole either. */
  readonly status: ItemStatus
  readonly logprobs: Json | undefined
  readonly warnings: Warnings
}

export function encodeOutput(parts: readonly Part[], options: OutputOptions): readonly JsonObject[] {
  const { responseId, warnings } = options
  const items: JsonObject[] = []
  let said: JsonObject[] | undefined
  for (const [position, part] of parts.entries()) {
    const path = `choices[0].message.content[${position}]`
    if (part.type === 'text' || part.type === 'refusal') {
      const item = itemOf(part.extensions)
      if (said === undefined || item !== undefined) {
        said = []
        items.push(messageItem(itemId('msg', responseId, items.length), said, item))
      }
      said.push(encodeSaid(part, path, warnings))
      continue
    }
    said = undefined
    const item = encodeItem(part, responseId, items.length)
    if (item === undefined) warnings.unsupported(path)
    else items.push(item)
  }
  placeLogprobs(items, options.logprobs, warnings)
  if (said !== undefined && options.status !== 'completed') {
    items.push({ ...items.pop(), status: options.status })
  }
  return items
}

function encodeSaid(part: TextPart | RefusalPart, path: string, warnings: Warnings): JsonObject {
  const encoded = encodeOutputPart(part, path, warnings)
  if (part.type === 'refusal') return encoded
  return { ...encoded, logprobs: [], ...ownMembers(part.extensions) }
}

function messageItem(id: string, content: readonly JsonObject[], item: JsonObject | undefined): JsonObject {
  return { id, type: 'message', status: 'completed', role: 'assistant', content, ...item }
}

function encodeItem(
  part: Exclude<Part, TextPart | RefusalPart>,
  responseId: string,
  index: number,
): JsonObject | undefined {
  switch (part.type) {
    case 'reasoning':
      return encodeReasoningOutput(part, itemId('rs', responseId, index))
    case 'tool-call':
      return callItem(part, itemId('fc', responseId, index))
    case 'opaque':
      return part.wire === 'openai-responses' ? asObject(part.value) : undefined
    default:
      return undefined
  }
}

function callItem(part: ToolCallPart, id: string): JsonObject {
  return {
    id,
    type: 'function_call',
    status: 'completed',
    arguments: part.argumentsText === '' ? '{}' : part.argumentsText,
    call_id: part.id,
    name: part.name,
    ...itemOf(part.extensions),
  }
}

/** The neutral form has one list for the whole answer: it goes to the first text. */
function placeLogprobs(items: JsonObject[], logprobs: Json | undefined, warnings: Warnings): void {
  const content = encodeLogprobs(logprobs, warnings)
  if (content.length === 0) return
  for (const [index, item] of items.entries()) {
    const parts = item['type'] === 'message' ? (asList(item['content']) ?? []) : []
    const first = parts.findIndex((part) => asObject(part)?.['type'] === 'output_text')
    if (first === -1) continue
    const said = parts.map((part, at) => (at === first ? { ...asObject(part), logprobs: content } : part))
    items[index] = { ...item, content: said }
    return
  }
  warnOfLogprobs(warnings)
}
