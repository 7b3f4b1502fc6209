import type { AudioPart, DocumentPart, ImagePart, Json, JsonObject, Source } from '#contract'
import { asObject } from '../../narrow.ts'

/*
 * Bytes and files of parts: `inlineData` {mimeType, data} and `fileData` {mimeType, fileUri}.
 *
 *   image/…        image          audio/…   audio, its format named after the type
 *   video/…, none  no neutral form        all else   document (PDF, text, …)
 *
 * A `fileUri` is the id of a file at the vendor's Files API or in Cloud Storage, or an address in the web.
 */

type Media = ImagePart | AudioPart | DocumentPart

const formatByType: ReadonlyMap<string, string> = new Map([
  ['mpeg', 'mp3'],
  ['x-wav', 'wav'],
  ['x-flac', 'flac'],
])

/** `undefined` where there is no neutral form. */
export function mediaPart(mimeType: string, source: Source): Media | undefined {
  const [kind, subtype = ''] = mimeType.split(';', 1)[0]?.split('/') ?? []
  switch (kind) {
    case 'image':
      return { type: 'image', source }
    case 'audio':
      return { type: 'audio', format: formatByType.get(subtype) ?? subtype, source }
    case 'video':
    case '':
    case undefined:
      return undefined
    default:
      return { type: 'document', source }
  }
}

/** An own file, by the full URI that requests name it by. */
const fileAtVendor = /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/[^?]*files\/)/

export function uriSource(uri: string, mediaType: string): Source {
  return fileAtVendor.test(uri) ? { kind: 'file', id: uri, mediaType } : { kind: 'url', url: uri, mediaType }
}

/** The short name of a file (`files/abc`), as the Files API's answers have it, is no URI. */
const shortName = /^files\/[\w-]+$/

/**
 * `inlineData` or `fileData` of a source; `undefined` for what the vendor does not take: an address without the type
 * that `fileData` wants, a file of another vendor.
 */
export function encodeSource(source: Source): JsonObject | undefined {
  switch (source.kind) {
    case 'base64':
      return { inlineData: { mimeType: source.mediaType, data: source.data } }
    case 'text': {
      const data = Buffer.from(source.text).toString('base64')
      return { inlineData: { mimeType: source.mediaType, data } }
    }
    case 'url':
      return fileData(source.url, source.mediaType, fileAtVendor.test(source.url))
    case 'file':
      return shortName.test(source.id)
        ? fileData(`https://generativelanguage.googleapis.com/v1beta/${source.id}`, source.mediaType, true)
        : fileData(source.id, source.mediaType, fileAtVendor.test(source.id))
  }
}

/** The vendor knows the type of its own files. */
function fileData(fileUri: string, mimeType: string | undefined, isOwn: boolean): JsonObject | undefined {
  if (mimeType === undefined && !isOwn) return undefined
  const data: Record<string, Json> = { fileUri }
  if (mimeType !== undefined) data['mimeType'] = mimeType
  return { fileData: data }
}

/** Members of this wire go back where they stood: a file's name beside its bytes, all others beside the part. */
export function withOwnMembers(part: JsonObject, own: JsonObject | undefined): JsonObject {
  if (own === undefined) return part
  const { displayName, ...others } = own
  if (displayName === undefined) return { ...part, ...others }
  const holder = 'inlineData' in part ? 'inlineData' : 'fileData'
  return { ...part, [holder]: { ...asObject(part[holder]), displayName }, ...others }
}
