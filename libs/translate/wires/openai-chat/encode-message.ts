import type {
  DocumentPart,
  ImagePart,
  Json,
  JsonObject,
  Message,
  Part,
  Quirks,
  ReasoningPart,
  ToolCallPart,
  ToolResultPart,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { messagePath, partPath } from '../../paths.ts'
import type { Warnings } from '../../warnings.ts'
import { shortId } from './short-id.ts'

type Wanted = {
  readonly message: Message
  readonly index: number
  readonly warnings: Warnings
  readonly quirks: Quirks
}

export function encodeMessages(
  messages: readonly Message[],
  warnings: Warnings,
  quirks: Quirks,
): readonly JsonObject[] {
  const encoded: JsonObject[] = []
  for (const [index, message] of messages.entries()) {
    const wanted = { message, index, warnings, quirks }
    warnOfForeign(message.extensions, {
      own: 'openai-chat',
      warnings,
      path: `${messagePath(message, index)}.`,
    })
    if (message.cache !== undefined) warnings.unsupported(`${messagePath(message, index)}.cache_control`)
    if (message.role === 'tool') encoded.push(...encodeToolTurn(wanted))
    else if (message.role === 'assistant') encoded.push(encodeAssistant(wanted))
    else encoded.push(encodeTurn(wanted))
  }
  return encoded
}

/** A system, developer or user turn. */
function encodeTurn(wanted: Wanted): JsonObject {
  const { message, quirks } = wanted
  const role = message.role === 'developer' && quirks.noDeveloperRole === true ? 'system' : message.role
  const turn: Record<string, Json> = { role, content: encodeContent(message.parts, wanted) }
  return withOwnMembers(turn, message)
}

/**
 * What the model said: text and refusals in `content`, calls in `tool_calls`, reasoning where the provider has a member
 * for it.
 */
function encodeAssistant(wanted: Wanted): JsonObject {
  const { message, index, quirks } = wanted
  const content: Part[] = []
  const positions: number[] = []
  const calls: Json[] = []
  let reasoning = ''
  for (const [position, part] of message.parts.entries()) {
    if (part.type === 'tool-call') {
      calls.push(encodeToolCall(part, partPath(message, index, position), wanted))
    } else if (part.type === 'opaque' && part.wire === 'openai-chat' && isToolCall(part.value)) {
      calls.push(part.value)
    } else if (part.type === 'reasoning') {
      reasoning += encodeReasoning(part, partPath(message, index, position), wanted)
    } else {
      content.push(part)
      positions.push(position)
    }
  }
  const turn: Record<string, Json> = {
    role: 'assistant',
    content:
      content.length === 0 ? (calls.length > 0 ? null : '') : encodeContent(content, wanted, positions),
  }
  if (quirks.reasoningField !== undefined && reasoning !== '') turn[quirks.reasoningField] = reasoning
  if (calls.length > 0) turn['tool_calls'] = calls
  return withOwnMembers(turn, message)
}

/** Text alone: a proof of another vendor means nothing here. */
function encodeReasoning(part: ReasoningPart, path: string, { quirks, warnings }: Wanted): string {
  if (quirks.reasoningField === undefined || part.text === '') {
    warnings.unsupported(path)
    return ''
  }
  if (part.signature !== undefined) warnings.unsupported(`${path}.signature`)
  return part.text
}

function encodeToolCall(part: ToolCallPart, path: string, { quirks, warnings }: Wanted): JsonObject {
  if (part.signature !== undefined) warnings.unsupported(`${path}.signature`)
  const called = { name: part.name, arguments: part.argumentsText }
  return { id: callId(part.id, quirks), type: 'function', function: called }
}

function isToolCall(value: Json): boolean {
  return typeof value === 'object' && value !== null && 'custom' in value
}

function withOwnMembers(turn: Record<string, Json>, message: Message): JsonObject {
  if (message.name !== undefined) turn['name'] = message.name
  const own = message.extensions?.['openai-chat']
  return own === undefined ? turn : { ...turn, ...own }
}

/** One `tool` message per result. */
function encodeToolTurn(wanted: Wanted): JsonObject[] {
  const { message, index, warnings } = wanted
  const encoded: JsonObject[] = []
  for (const [position, part] of message.parts.entries()) {
    if (part.type === 'tool-result')
      encoded.push(encodeToolResult(part, partPath(message, index, position), wanted))
    else warnings.unsupported(partPath(message, index, position))
  }
  return encoded
}

/** A tool message holds text alone: `string | ChatCompletionContentPartText[]` (openai 7.57.0, ChatCompletionToolMessageParam). */
function encodeToolResult(
  part: ToolResultPart,
  path: string,
  { message, warnings, quirks }: Wanted,
): JsonObject {
  if (part.isError === true) warnings.unsupported(`${path}.is_error`)
  if (part.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
  warnOfForeign(part.extensions, { own: 'openai-chat', warnings, path: `${path}.` })
  const texts: JsonObject[] = []
  for (const [position, inner] of part.content.entries()) {
    if (inner.type === 'text') texts.push({ type: 'text', text: inner.text })
    else if (inner.type === 'document' && inner.source.kind === 'text') {
      warnings.changed(`${path}.content[${position}]`)
      texts.push({ type: 'text', text: inner.source.text })
    } else warnings.unsupported(`${path}.content[${position}]`)
  }
  const [only] = texts
  const content: Json = texts.length === 1 ? (only?.['text'] ?? '') : texts.length === 0 ? '' : texts
  const tool_call_id = callId(part.callId, quirks)
  return { role: 'tool', tool_call_id, content, ...message.extensions?.['openai-chat'] }
}

function callId(id: string, { shortToolCallIds }: Quirks): string {
  return shortToolCallIds === true ? shortId(id) : id
}

/** One plain text goes as a string, the form that every server of this wire takes; all else as a list of parts. */
function encodeContent(parts: readonly Part[], wanted: Wanted, positions?: readonly number[]): Json {
  const { message, index } = wanted
  const encoded: JsonObject[] = []
  for (const [position, part] of parts.entries()) {
    const path = partPath(message, index, positions?.[position] ?? position)
    const one = encodePart(part, path, wanted.warnings)
    if (one !== undefined) encoded.push(one)
  }
  const [only] = encoded
  if (only === undefined) return ''
  const plain = encoded.length === 1 && only['type'] === 'text' && Object.keys(only).length === 2
  return plain ? (only['text'] ?? '') : encoded
}

function encodePart(part: Part, path: string, warnings: Warnings): JsonObject | undefined {
  if (part.type === 'opaque') {
    if (part.wire === 'openai-chat') return part.value as JsonObject
    warnings.unsupported(path)
    return undefined
  }
  warnOfForeign(part.extensions, { own: 'openai-chat', warnings, path: `${path}.` })
  const own = part.extensions?.['openai-chat']
  // The vendor caches by itself and takes marks on its newest models alone: another wire's mark is not carried.
  if (part.cache !== undefined && own === undefined) warnings.unsupported(`${path}.cache_control`)
  const encoded = encodeKnownPart(part, path, warnings)
  if (encoded === undefined) warnings.unsupported(path)
  return encoded === undefined || own === undefined ? encoded : { ...encoded, ...own }
}

function encodeKnownPart(part: Part, path: string, warnings: Warnings): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      if (part.citations !== undefined) warnings.unsupported(`${path}.citations`)
      return { type: 'text', text: part.text }
    case 'refusal':
      return { type: 'refusal', refusal: part.text }
    case 'image':
      return encodeImage(part, path)
    case 'audio':
      return part.source.kind === 'base64'
        ? { type: 'input_audio', input_audio: { data: part.source.data, format: part.format } }
        : undefined
    case 'document':
      return encodeDocument(part, path, warnings)
    default:
      return undefined
  }
}

function encodeImage(part: ImagePart, path: string): JsonObject {
  const { source } = part
  if (source.kind !== 'base64' && source.kind !== 'url') {
    throw invalidRequest(path, `${path} names a file of another provider; send the image's bytes or address.`)
  }
  const url = source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`
  return { type: 'image_url', image_url: part.detail === undefined ? { url } : { url, detail: part.detail } }
}

function encodeDocument(part: DocumentPart, path: string, warnings: Warnings): JsonObject {
  const { source } = part
  if (part.context !== undefined) warnings.unsupported(`${path}.context`)
  if (part.citations === true) warnings.unsupported(`${path}.citations`)
  switch (source.kind) {
    case 'base64': {
      const data = `data:${source.mediaType};base64,${source.data}`
      return { type: 'file', file: { filename: part.name ?? 'document.pdf', file_data: data } }
    }
    case 'file':
      return { type: 'file', file: { file_id: source.id } }
    case 'text':
      warnings.changed(path)
      return { type: 'text', text: source.text }
    default:
      throw invalidRequest(
        path,
        `${path} is a document by address, which the model's provider does not take; send the document's bytes.`,
      )
  }
}
