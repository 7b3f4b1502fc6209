import type { AudioPart, DocumentPart, ImagePart, JsonObject, Source } from '#contract'
import { invalidRequest } from '../../invalid-request.ts'
import type { Warnings } from '../../warnings.ts'
import { audioFormats, documentMediaTypes, imageFormats } from './types.ts'

type Block = Record<string, JsonObject[string]>

/** This vendor takes bytes, or a place in its own object store (`s3://…`); it fetches nothing from the web. */
function encodePlace(source: Source, path: string): JsonObject {
  if (source.kind === 'base64') return { bytes: source.data }
  if (source.kind === 'url' && source.url.startsWith('s3://')) return { s3Location: { uri: source.url } }
  const what = source.kind === 'url' ? 'a URL' : source.kind === 'file' ? 'the id of a file' : 'text'
  throw invalidRequest(
    path,
    `${path} is ${what}, which Amazon Bedrock does not take here; send the bytes themselves as base64.`,
    'unsupported_source',
  )
}

function unknownFormat(path: string, mediaType: string, allowed: Iterable<string>) {
  const names = [...allowed].join(', ')
  return invalidRequest(
    path,
    `${path} is of type ${mediaType.slice(0, 80)}, which Amazon Bedrock does not take; it takes ${names}.`,
    'unsupported_format',
  )
}

export function encodeImage(part: ImagePart, path: string, warnings: Warnings): Block {
  const { source, detail } = part
  if (detail !== undefined && detail !== 'auto') warnings.unsupported(`${path}.image_url.detail`)
  const place = encodePlace(source, path)
  const mediaType = source.kind === 'base64' ? source.mediaType : extensionOf(source)
  const format = imageFormatOf(mediaType)
  if (format === undefined) throw unknownFormat(path, mediaType, imageFormats)
  return { format, source: place }
}

/** `image/jpeg`, or an extension, as the vendor's format. */
export function imageFormatOf(mediaType: string): string | undefined {
  const format = mediaType
    .toLowerCase()
    .replace(/^image\//, '')
    .replace(/^jpg$/, 'jpeg')
  return imageFormats.has(format) ? format : undefined
}

export function encodeAudio(part: AudioPart, path: string): Block {
  const format = part.format.toLowerCase()
  const place = encodePlace(part.source, path)
  if (!audioFormats.has(format)) throw unknownFormat(path, part.format, audioFormats)
  return { format, source: place }
}

/** `names` are those of the documents before it: the vendor wants each once in a request. */
export function encodeDocument(
  part: DocumentPart,
  options: { readonly path: string; readonly warnings: Warnings; readonly names: Set<string> },
): Block {
  const { path, warnings, names } = options
  const { source, context, citations } = part
  const place = source.kind === 'text' ? { text: source.text } : encodePlace(source, path)
  const name = uniqueName(cleanName(part.name), names)
  if (part.name !== undefined && name !== part.name) warnings.changed(path)
  const block: Block = { name, source: place }
  const format = documentFormat(source, path)
  if (format !== undefined) block['format'] = format
  if (context !== undefined) block['context'] = context
  if (citations !== undefined) block['citations'] = { enabled: citations }
  return block
}

function documentFormat(source: Source, path: string): string | undefined {
  const type = 'mediaType' in source ? source.mediaType : extensionOf(source)
  const mediaType = type.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (mediaType === 'application/octet-stream') return undefined
  const formats = Object.keys(documentMediaTypes)
  const found = formats.find((name) => name === mediaType || documentMediaTypes[name] === mediaType)
  if (found !== undefined) return found
  if (mediaType.startsWith('text/')) return 'txt'
  throw unknownFormat(path, type, formats)
}

function extensionOf(source: Source): string {
  return source.kind === 'url' ? (/\.(\w+)$/.exec(source.url)?.[1] ?? '') : ''
}

/**
 * "Alphanumeric characters, whitespace characters (no more than one in a row), hyphens, parentheses, square brackets"
 * (DocumentBlock.name), at most 200 of them.
 */
function cleanName(name: string | undefined): string {
  const cleaned = (name ?? '')
    .replace(/[^A-Za-z0-9\s()[\]-]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 190)
  return cleaned === '' ? 'document' : cleaned
}

function uniqueName(name: string, names: Set<string>): string {
  let unique = name
  for (let count = 2; names.has(unique); count += 1) unique = `${name} ${count}`
  names.add(unique)
  return unique
}
