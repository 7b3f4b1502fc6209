import type {
  DocumentPart,
  Json,
  JsonObject,
  Part,
  ReasoningPart,
  Source,
  ToolCallPart,
  ToolResultPart,
} from '#contract'
import { parseExact } from '../../exact-json.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asObject } from '../../narrow.ts'
import { isSealedReasoning } from '../../sealed-reasoning.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeCacheMark } from './cache-mark.ts'
import { isCitation } from './citations.ts'

type Block = Record<string, Json | undefined>

/** One part as a block, or `undefined` where nothing is left of it; `path` is where it stood in the caller's request. */
export function encodePart(part: Part, path: string, warnings: Warnings): JsonObject | undefined {
  if (part.type === 'opaque') {
    if (part.wire === 'anthropic-messages') return part.value as JsonObject
    warnings.unsupported(path)
    return undefined
  }
  const block = encodeKnownPart(part, path, warnings)
  if (block === undefined) return undefined
  const carried = part.cache === undefined ? [] : ['cache_control', 'prompt_cache_breakpoint']
  warnOfForeign(part.extensions, { own: 'anthropic-messages', warnings, path: `${path}.`, carried })
  if (part.cache !== undefined) block['cache_control'] = encodeCacheMark(part.cache)
  const own = part.extensions?.['anthropic-messages']
  return own === undefined ? block : { ...block, ...own }
}

function encodeKnownPart(part: Part, path: string, warnings: Warnings): Block | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part.text, ownCitations(part.citations, path, warnings))
    case 'refusal':
      return encodeText(part.text, undefined)
    case 'image':
      return encodeImage(part.source, part.detail, path, warnings)
    case 'document':
      return encodeDocument(part)
    case 'reasoning':
      return encodeReasoning(part, path, warnings)
    case 'tool-call':
      return encodeToolCall(part, path, warnings)
    case 'tool-result':
      return encodeToolResult(part, path, warnings)
    default:
      warnings.unsupported(path)
      return undefined
  }
}

/** "text content blocks must contain non-whitespace text": one without says nothing and is left out. */
function encodeText(text: string, citations: readonly Json[] | undefined): Block | undefined {
  if (text.trim() === '') return undefined
  return citations === undefined ? { type: 'text', text } : { type: 'text', text, citations }
}

/** Another vendor's citations are named in a warning. */
function ownCitations(
  citations: readonly Json[] | undefined,
  path: string,
  warnings: Warnings,
): readonly Json[] | undefined {
  const own = citations?.filter(isCitation)
  if (own?.length !== citations?.length) warnings.unsupported(`${path}.citations`)
  return own?.length === 0 ? undefined : own
}

function encodeImage(
  source: Source,
  detail: string | undefined,
  path: string,
  warnings: Warnings,
): Block | undefined {
  if (detail !== undefined && detail !== 'auto') warnings.unsupported(`${path}.image_url.detail`)
  return { type: 'image', source: encodeSource(source) }
}

function encodeDocument(part: DocumentPart): Block {
  const block: Block = { type: 'document', source: encodeDocumentSource(part.source) }
  if (part.name !== undefined) block['title'] = part.name
  if (part.context !== undefined) block['context'] = part.context
  if (part.citations !== undefined) block['citations'] = { enabled: part.citations }
  return block
}

/** As bytes the vendor takes PDF alone; text goes as text. */
function encodeDocumentSource(source: Source): JsonObject {
  if (source.kind !== 'base64' || !source.mediaType.startsWith('text/')) return encodeSource(source)
  const data = Buffer.from(source.data, 'base64').toString('utf8')
  return { type: 'text', media_type: 'text/plain', data }
}

function encodeSource(source: Source): JsonObject {
  switch (source.kind) {
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data }
    case 'url':
      return { type: 'url', url: source.url }
    case 'file':
      return { type: 'file', file_id: source.id }
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text }
  }
}

/** The vendor takes back only thinking that it signed itself. */
function encodeReasoning(part: ReasoningPart, path: string, warnings: Warnings): Block | undefined {
  if (isSealedReasoning(part.redacted ?? part.signature)) {
    warnings.unsupported(path)
    return undefined
  }
  if (part.redacted !== undefined) return { type: 'redacted_thinking', data: part.redacted }
  if (part.signature !== undefined) {
    return { type: 'thinking', thinking: part.text, signature: part.signature }
  }
  warnings.unsupported(path)
  return undefined
}

/** Arguments are an object here. What the model wrote is no object: it goes in one, by itself. */
function encodeToolCall(part: ToolCallPart, path: string, warnings: Warnings): Block {
  if (part.signature !== undefined) warnings.unsupported(`${path}.signature`)
  const input = readArguments(part.argumentsText)
  if (input === undefined) warnings.changed(path)
  return {
    type: 'tool_use',
    id: toolUseId(part.id),
    name: part.name,
    input: input ?? { arguments: part.argumentsText },
  }
}

/** Arguments as the object that some wires want; `undefined` for text that is none. */
export function readArguments(text: string): JsonObject | undefined {
  if (text.trim() === '') return {}
  try {
    return asObject(parseExact(text))
  } catch {
    return undefined
  }
}

function encodeToolResult(part: ToolResultPart, path: string, warnings: Warnings): Block {
  const content: JsonObject[] = []
  for (const [position, inner] of part.content.entries()) {
    const block = encodePart(inner, `${path}.content[${position}]`, warnings)
    if (block !== undefined) content.push(block)
  }
  const block: Block = { type: 'tool_result', tool_use_id: toolUseId(part.callId) }
  if (content.length > 0) block['content'] = plainText(content) ?? content
  if (part.isError === true) block['is_error'] = true
  return block
}

function plainText(content: readonly JsonObject[]): string | undefined {
  const [only] = content
  if (content.length !== 1 || only === undefined || only['type'] !== 'text') return undefined
  const { text } = only
  return Object.keys(only).length === 2 && typeof text === 'string' ? text : undefined
}

/** The vendor's ids are `^[a-zA-Z0-9_-]+$`; other providers' are not always. Call and result change alike. */
export function toolUseId(id: string): string {
  return /[^\w-]/.test(id) ? id.replace(/[^\w-]/g, '_') : id
}
