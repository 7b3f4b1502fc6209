import type {
  DocumentPart,
  Json,
  JsonObject,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import {
  optionalBoolean,
  optionalList,
  optionalObject,
  optionalText,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import type { Warnings } from '../../warnings.ts'
import { redactedOf } from './base64.ts'
import { decodeMarked, type Marked } from './cache-point.ts'
import { documentMediaTypes } from './types.ts'

type KnownPart = Exclude<Part, { type: 'opaque' }>

/** What each kind of block may hold and the canonical part has a place for. */
const known: Readonly<Record<string, ReadonlySet<string>>> = {
  image: new Set(['format', 'source']),
  audio: new Set(['format', 'source']),
  document: new Set(['format', 'name', 'source', 'context', 'citations']),
  toolUse: new Set(['toolUseId', 'name', 'input']),
  toolResult: new Set(['toolUseId', 'content', 'status']),
  reasoningContent: new Set(['reasoningText', 'redactedContent']),
  citationsContent: new Set(['content', 'citations']),
}

/** A list of content blocks, the cache points in it as marks of the parts before them. */
export function decodeContent(content: Json | undefined, path: string, warnings: Warnings): Marked<Part> {
  if (!Array.isArray(content)) {
    throw invalidRequest(path, `${path} must be an array of content blocks.`, 'invalid_type')
  }
  return decodeMarked<Part>(content, (block, index) => decodePart(block, `${path}[${index}]`, warnings))
}

/**
 * One block: an object whose one member says its kind. A kind that has no neutral form (video, guarded content, search
 * results, server tools, a place in S3, …) stays opaque, as does what is no such object.
 */
function decodePart(value: Json, path: string, warnings: Warnings): Part {
  const block = requiredObject(value, path)
  const kinds = Object.keys(block).filter((name) => block[name] !== undefined && block[name] !== null)
  const [kind = ''] = kinds
  const part: Draft<KnownPart> | undefined =
    kinds.length === 1 ? decodeKnownPart(kind, block, { path, warnings }) : undefined
  if (part === undefined) return { type: 'opaque', wire: 'bedrock-converse', value: block }
  const inner = asObject(block[kind])
  const members = Object.hasOwn(known, kind) ? known[kind] : undefined
  const unknown = inner && members ? unknownMembers(inner, members) : undefined
  if (unknown !== undefined) part.extensions = { 'bedrock-converse': unknown }
  return part
}

type Place = { readonly path: string; readonly warnings: Warnings }

function decodeKnownPart(kind: string, block: JsonObject, place: Place): KnownPart | undefined {
  if (kind === 'text') return { type: 'text', text: requiredText(block, 'text', `${place.path}.`) }
  if (kind === 'json') return decodeJson(block, place)
  if (!Object.hasOwn(known, kind)) return undefined
  const path = `${place.path}.${kind}`
  const inner = requiredObject(block[kind], path)
  const inside = { ...place, path: `${path}.` }
  switch (kind) {
    case 'image':
      return decodeImage(inner, inside)
    case 'audio':
      return decodeAudio(inner, inside)
    case 'document':
      return decodeDocument(inner, inside)
    case 'reasoningContent':
      return decodeReasoning(inner, inside)
    case 'toolUse':
      return decodeToolUse(inner, inside)
    case 'toolResult':
      return decodeToolResult(inner, inside)
    default:
      return decodeCited(inner, inside)
  }
}

/** JSON in a tool's result has no neutral form but its text. */
function decodeJson(block: JsonObject, { path, warnings }: Place): KnownPart {
  warnings.changed(`${path}.json`)
  return { type: 'text', text: JSON.stringify(block['json']) }
}

/** The bytes of a source; `undefined` for one that is elsewhere. */
function readBytes(inner: JsonObject, path: string): string | undefined {
  const source = requiredObject(inner['source'], `${path}source`)
  return optionalText(source, 'bytes', `${path}source.`)
}

function decodeImage(inner: JsonObject, { path }: Place): KnownPart | undefined {
  const format = requiredText(inner, 'format', path)
  const data = readBytes(inner, path)
  if (data === undefined) return undefined
  return { type: 'image', source: { kind: 'base64', mediaType: `image/${format}`, data } }
}

function decodeAudio(inner: JsonObject, { path }: Place): KnownPart | undefined {
  const format = requiredText(inner, 'format', path)
  const data = readBytes(inner, path)
  if (data === undefined) return undefined
  return { type: 'audio', format, source: { kind: 'base64', mediaType: `audio/${format}`, data } }
}

function decodeDocument(inner: JsonObject, { path }: Place): KnownPart | undefined {
  const source = requiredObject(inner['source'], `${path}source`)
  const format = optionalText(inner, 'format', path)
  const mediaType = mediaTypeOf(format)
  const data = optionalText(source, 'bytes', `${path}source.`)
  const text = optionalText(source, 'text', `${path}source.`)
  const part: Draft<DocumentPart> = {
    type: 'document',
    source:
      text === undefined
        ? { kind: 'base64', mediaType: mediaType ?? 'application/octet-stream', data: data ?? '' }
        : { kind: 'text', mediaType: mediaType ?? 'text/plain', text },
    name: requiredText(inner, 'name', path),
  }
  if ((data === undefined) === (text === undefined)) return undefined
  const context = optionalText(inner, 'context', path)
  if (context !== undefined) part.context = context
  const citations = optionalObject(inner, 'citations', path)
  const enabled = citations && optionalBoolean(citations, 'enabled', `${path}citations.`)
  if (enabled !== undefined) part.citations = enabled
  return part
}

function mediaTypeOf(format: string | undefined): string | undefined {
  if (format === undefined) return undefined
  return Object.hasOwn(documentMediaTypes, format) ? documentMediaTypes[format] : `application/x-${format}`
}

function decodeReasoning(inner: JsonObject, { path }: Place): ReasoningPart | undefined {
  const redacted = optionalText(inner, 'redactedContent', path)
  const reasoning = optionalObject(inner, 'reasoningText', path)
  if (reasoning === undefined) {
    return redacted === undefined
      ? undefined
      : { type: 'reasoning', text: '', redacted: redactedOf(redacted) }
  }
  const text = requiredText(reasoning, 'text', `${path}reasoningText.`)
  const signature = optionalText(reasoning, 'signature', `${path}reasoningText.`)
  return signature === undefined ? { type: 'reasoning', text } : { type: 'reasoning', text, signature }
}

/** A call that says more of its kind is one of the vendor's own tools (`server_tool_use`). */
function decodeToolUse(inner: JsonObject, { path }: Place): ToolCallPart | undefined {
  if (optionalText(inner, 'type', path) !== undefined) return undefined
  return {
    type: 'tool-call',
    id: requiredText(inner, 'toolUseId', path),
    name: requiredText(inner, 'name', path),
    argumentsText: JSON.stringify(inner['input'] ?? {}),
  }
}

function decodeToolResult(inner: JsonObject, { path, warnings }: Place): ToolResultPart | undefined {
  if (optionalText(inner, 'type', path) !== undefined) return undefined
  const part: Draft<ToolResultPart> = {
    type: 'tool-result',
    callId: requiredText(inner, 'toolUseId', path),
    content: decodeContent(inner['content'] ?? [], `${path}content`, warnings).items,
  }
  if (optionalText(inner, 'status', path) === 'error') part.isError = true
  return part
}

function decodeCited(inner: JsonObject, { path }: Place): TextPart {
  const content = optionalList(inner, 'content', path) ?? []
  const text = content
    .map((value, index) => {
      const at = `${path}content[${index}]`
      return requiredText(requiredObject(value, at), 'text', `${at}.`)
    })
    .join('')
  const citations = optionalList(inner, 'citations', path)
  return citations === undefined || citations.length === 0
    ? { type: 'text', text }
    : { type: 'text', text, citations }
}
