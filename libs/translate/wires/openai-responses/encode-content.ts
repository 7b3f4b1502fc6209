import type { DocumentPart, ImagePart, Json, JsonObject, Part, RefusalPart, TextPart } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import type { Warnings } from '../../warnings.ts'
import { annotationsOf } from './citations.ts'
import { ownMembers } from './item.ts'

/** What is said to the model. One plain text goes as a string, which is the same to the vendor and shorter. */
export function encodeInputContent(
  parts: readonly Part[],
  pathOf: (part: number) => string,
  warnings: Warnings,
): Json {
  const encoded: JsonObject[] = []
  for (const [position, part] of parts.entries()) {
    const one = encodeInputPart(part, pathOf(position), warnings)
    if (one !== undefined) encoded.push(one)
  }
  const [only] = encoded
  if (only === undefined) return ''
  const plain = encoded.length === 1 && only['type'] === 'input_text' && Object.keys(only).length === 2
  return plain ? (only['text'] ?? '') : encoded
}

function encodeInputPart(part: Part, path: string, warnings: Warnings): JsonObject | undefined {
  if (part.type === 'opaque') {
    if (part.wire === 'openai-responses') return part.value as JsonObject
    warnings.unsupported(path)
    return undefined
  }
  const encoded = encodeKnownPart(part, path, warnings)
  if (encoded === undefined) {
    warnings.unsupported(path)
    return undefined
  }
  const own = warnOfMembers(part, path, warnings)
  return own === undefined ? encoded : { ...encoded, ...own }
}

/** Names what of a part's own members cannot go along, and returns those that can. */
export function warnOfMembers(
  part: Exclude<Part, { type: 'opaque' }>,
  path: string,
  warnings: Warnings,
): JsonObject | undefined {
  const mark = 'prompt_cache_breakpoint'
  warnOfForeign(part.extensions, {
    own: 'openai-responses',
    warnings,
    path: `${path}.`,
    carried: [mark],
  })
  // The vendor's mark is the same on its chat wire.
  const chats = part.extensions?.['openai-chat']?.[mark]
  const own = ownMembers(part.extensions) ?? (chats === undefined ? undefined : { [mark]: chats })
  // The vendor caches by itself and takes marks on its newest models alone: another wire's mark is not carried.
  if (part.cache !== undefined && own?.[mark] === undefined) {
    warnings.unsupported(`${path}.cache_control`)
  }
  return own
}

function encodeKnownPart(part: Part, path: string, warnings: Warnings): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      if (part.citations !== undefined) warnings.unsupported(`${path}.citations`)
      return { type: 'input_text', text: part.text }
    case 'image':
      return encodeImage(part)
    case 'document':
      return encodeDocument(part, path, warnings)
    default:
      // Sounds too: `input_audio` is no part of a message (openai 7.57.0, ResponseInputContent).
      return undefined
  }
}

/** `detail` is required (openai 7.57.0, ResponseInputImage); `auto` is the vendor's own choice. */
function encodeImage({ source, detail = 'auto' }: ImagePart): JsonObject | undefined {
  switch (source.kind) {
    case 'url':
      return { type: 'input_image', detail, image_url: source.url }
    case 'base64':
      return { type: 'input_image', detail, image_url: dataUrl(source) }
    case 'file':
      return { type: 'input_image', detail, file_id: source.id }
    default:
      return undefined
  }
}

/** Bytes want a name beside them. */
function encodeDocument(part: DocumentPart, path: string, warnings: Warnings): JsonObject {
  const { source, name } = part
  if (part.context !== undefined) warnings.unsupported(`${path}.context`)
  if (part.citations === true) warnings.unsupported(`${path}.citations`)
  switch (source.kind) {
    case 'base64':
      return { type: 'input_file', filename: name ?? 'document.pdf', file_data: dataUrl(source) }
    case 'file':
      return named({ type: 'input_file', file_id: source.id }, name)
    case 'url':
      return named({ type: 'input_file', file_url: source.url }, name)
    case 'text':
      warnings.changed(path)
      return { type: 'input_text', text: source.text }
  }
}

function named(file: JsonObject, filename: string | undefined): JsonObject {
  return filename === undefined ? file : { ...file, filename }
}

function dataUrl(source: { readonly mediaType: string; readonly data: string }): string {
  return `data:${source.mediaType};base64,${source.data}`
}

/** What the model said; every member is required (openai 7.57.0, ResponseOutputText). */
export function encodeOutputPart(part: TextPart | RefusalPart, path: string, warnings: Warnings): JsonObject {
  if (part.type === 'refusal') return { type: 'refusal', refusal: part.text }
  return { type: 'output_text', text: part.text, annotations: annotationsOf(part.citations, path, warnings) }
}
