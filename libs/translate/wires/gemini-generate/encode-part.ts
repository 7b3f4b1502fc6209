import type { DocumentPart, Json, JsonObject, Part, ReasoningPart, Source, ToolCallPart } from '#contract'
import { parseExact } from '../../exact-json.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeToolResult } from './encode-tool-result.ts'
import { encodeSource, withOwnMembers } from './media.ts'
import type { PartContext } from './part-context.ts'

/** The parts of one, none where nothing is left of it; `path` is where it stood in the caller's request. */
export function encodePart(part: Part, path: string, context: PartContext): readonly JsonObject[] {
  const { warnings } = context
  if (part.type === 'opaque') {
    if (part.wire === 'gemini-generate') return [part.value as JsonObject]
    warnings.unsupported(path)
    return []
  }
  warnOfForeign(part.extensions, { own: 'gemini-generate', warnings, path: `${path}.` })
  // The vendor caches by itself or by `cachedContent`; there is no mark to carry.
  if (part.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
  if (part.type === 'tool-result') return encodeToolResult(part, path, context)
  const encoded = encodeKnownPart(part, path, context)
  if (encoded === undefined) return []
  return [withOwnMembers(encoded, part.extensions?.['gemini-generate'])]
}

function encodeKnownPart(
  part: Exclude<Part, { type: 'opaque' | 'tool-result' }>,
  path: string,
  context: PartContext,
): JsonObject | undefined {
  const { warnings } = context
  switch (part.type) {
    case 'text':
      if (part.citations !== undefined) warnings.unsupported(`${path}.citations`)
      return encodeText(part.text, part.extensions?.['gemini-generate'] !== undefined)
    case 'refusal':
      return encodeText(part.text, false)
    case 'reasoning':
      return encodeReasoning(part, path, context)
    case 'tool-call':
      return encodeCall(part, path, warnings)
    case 'image':
      if (part.detail !== undefined && part.detail !== 'auto')
        warnings.unsupported(`${path}.image_url.detail`)
      return requiredSource(part.source, path)
    case 'audio':
      return requiredSource(part.source, path)
    case 'document':
      return encodeDocument(part, path, warnings)
  }
}

/** A part of empty text says nothing, unless it bears a signature. */
function encodeText(text: string, isKept: boolean): JsonObject | undefined {
  return text === '' && !isKept ? undefined : { text }
}

/**
 * Thoughts of other models are told, their signatures are not: the vendor takes none but its own, and has them at calls
 * and texts, not at the thoughts that it shows.
 */
function encodeReasoning(
  part: ReasoningPart,
  path: string,
  { warnings, isOwn }: PartContext,
): JsonObject | undefined {
  const signature = isOwn ? part.signature : undefined
  if (part.redacted !== undefined || (part.text === '' && signature === undefined)) {
    warnings.unsupported(path)
    return undefined
  }
  if (signature !== part.signature) warnings.unsupported(`${path}.signature`)
  const thought = { text: part.text, thought: true }
  return signature === undefined ? thought : { ...thought, thoughtSignature: signature }
}

/** Arguments are an object here. What the model wrote is no object: it goes in one, by itself. */
export function encodeCall(part: ToolCallPart, path: string, warnings: Warnings): JsonObject {
  const args = readArguments(part.argumentsText)
  if (args === undefined) warnings.changed(path)
  const functionCall = { id: part.id, name: part.name, args: args ?? { arguments: part.argumentsText } }
  return part.signature === undefined ? { functionCall } : { functionCall, thoughtSignature: part.signature }
}

/** `undefined` for text that is no JSON object. */
export function readArguments(text: string): JsonObject | undefined {
  if (text.trim() === '') return {}
  try {
    return asObject(parseExact(text) as Json)
  } catch {
    return undefined
  }
}

function encodeDocument(part: DocumentPart, path: string, warnings: Warnings): JsonObject {
  if (part.name !== undefined) warnings.unsupported(`${path}.name`)
  if (part.context !== undefined) warnings.unsupported(`${path}.context`)
  if (part.citations === true) warnings.unsupported(`${path}.citations`)
  return requiredSource(part.source, path)
}

/** The vendor reads bytes and its own files; it fetches no address without being told the type of what is there. */
export function requiredSource(source: Source, path: string): JsonObject {
  const encoded = encodeSource(source)
  if (encoded !== undefined) return encoded
  throw invalidRequest(
    path,
    source.kind === 'url'
      ? `${path} names its content by address, which the model's provider does not take; send the bytes (base64).`
      : `${path} names a file of another provider; send the bytes (base64) or a file of the model's provider.`,
    'unsupported_source',
  )
}
