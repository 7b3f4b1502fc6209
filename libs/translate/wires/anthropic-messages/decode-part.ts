import type { DocumentPart, Json, JsonObject, Part, Source, TextPart, ToolResultPart } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import {
  optionalBoolean,
  optionalList,
  optionalText,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeCacheMark } from './cache-mark.ts'

type KnownPart = Exclude<Part, { type: 'opaque' }>

const common = ['type', 'cache_control']
const knownMembers: Readonly<Record<KnownPart['type'], ReadonlySet<string>>> = {
  text: new Set([...common, 'text', 'citations']),
  image: new Set([...common, 'source']),
  document: new Set([...common, 'source', 'title', 'context', 'citations']),
  reasoning: new Set([...common, 'thinking', 'signature', 'data']),
  'tool-call': new Set([...common, 'id', 'name', 'input']),
  'tool-result': new Set([...common, 'tool_use_id', 'content', 'is_error']),
  refusal: new Set(common),
  audio: new Set(common),
}

/** `content`: a text or a list of blocks. */
export function decodeContent(content: Json | undefined, path: string): readonly Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) {
    throw invalidRequest(path, `${path} must be a string or an array of content blocks.`, 'invalid_type')
  }
  return content.map((block: Json, index) => decodePart(block, `${path}[${index}]`))
}

/** One block; a kind that has no neutral form (server tools, their results, …) stays opaque. */
function decodePart(value: Json, path: string): Part {
  const block = requiredObject(value, path)
  const part: Draft<KnownPart> | undefined = decodeKnownPart(block, `${path}.`)
  if (part === undefined) return { type: 'opaque', wire: 'anthropic-messages', value: block }
  const cache = decodeCacheMark(block)
  if (cache !== undefined) part.cache = cache
  const unknown = unknownMembers(block, isDirectCall(block) ? knownOfDirectCall : knownMembers[part.type])
  if (unknown !== undefined) part.extensions = { 'anthropic-messages': unknown }
  return part
}

const knownOfDirectCall: ReadonlySet<string> = new Set([...knownMembers['tool-call'], 'caller'])

/** What the vendor says of every call that the model made itself goes without saying. */
function isDirectCall(block: JsonObject): boolean {
  return block['type'] === 'tool_use' && asObject(block['caller'])?.['type'] === 'direct'
}

function decodeKnownPart(block: JsonObject, path: string): KnownPart | undefined {
  switch (block['type']) {
    case 'text':
      return decodeText(block, path)
    case 'image':
      return decodeImage(block, path)
    case 'document':
      return decodeDocument(block, path)
    case 'thinking':
      return decodeThinking(block, path)
    case 'redacted_thinking':
      return { type: 'reasoning', text: '', redacted: requiredText(block, 'data', path) }
    case 'tool_use':
      return decodeToolUse(block, path)
    case 'tool_result':
      return decodeToolResult(block, path)
    default:
      return undefined
  }
}

function decodeText(block: JsonObject, path: string): TextPart {
  const text = requiredText(block, 'text', path)
  const citations = optionalList(block, 'citations', path)
  return citations === undefined || citations.length === 0
    ? { type: 'text', text }
    : { type: 'text', text, citations }
}

function decodeImage(block: JsonObject, path: string): KnownPart | undefined {
  const source = decodeSource(requiredObject(block['source'], `${path}source`), `${path}source.`)
  return source === undefined ? undefined : { type: 'image', source }
}

function decodeDocument(block: JsonObject, path: string): KnownPart | undefined {
  const source = decodeSource(requiredObject(block['source'], `${path}source`), `${path}source.`)
  if (source === undefined) return undefined
  const part: Draft<DocumentPart> = { type: 'document', source }
  const name = optionalText(block, 'title', path)
  if (name !== undefined) part.name = name
  const context = optionalText(block, 'context', path)
  if (context !== undefined) part.context = context
  if (asObject(block['citations'])?.['enabled'] === true) part.citations = true
  return part
}

/** A source of a kind without neutral form (`content`: nested blocks) makes the whole block opaque. */
function decodeSource(source: JsonObject, path: string): Source | undefined {
  switch (source['type']) {
    case 'base64':
      return {
        kind: 'base64',
        mediaType: requiredText(source, 'media_type', path),
        data: requiredText(source, 'data', path),
      }
    case 'url':
      return { kind: 'url', url: requiredText(source, 'url', path) }
    case 'file':
      return { kind: 'file', id: requiredText(source, 'file_id', path) }
    case 'text':
      return {
        kind: 'text',
        mediaType: optionalText(source, 'media_type', path) ?? 'text/plain',
        text: requiredText(source, 'data', path),
      }
    default:
      return undefined
  }
}

function decodeThinking(block: JsonObject, path: string): KnownPart {
  const text = requiredText(block, 'thinking', path)
  const signature = optionalText(block, 'signature', path)
  return signature === undefined || signature === ''
    ? { type: 'reasoning', text }
    : { type: 'reasoning', text, signature }
}

function decodeToolUse(block: JsonObject, path: string): KnownPart {
  return {
    type: 'tool-call',
    id: requiredText(block, 'id', path),
    name: requiredText(block, 'name', path),
    argumentsText: JSON.stringify(block['input'] ?? {}),
  }
}

function decodeToolResult(block: JsonObject, path: string): KnownPart {
  const content = block['content']
  const part: Draft<ToolResultPart> = {
    type: 'tool-result',
    callId: requiredText(block, 'tool_use_id', path),
    content: content === undefined || content === null ? [] : decodeContent(content, `${path}content`),
  }
  if (optionalBoolean(block, 'is_error', path) === true) part.isError = true
  return part
}
