import type { ImagePart, Json, JsonObject, Message, Part } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import type { Warnings } from '../../warnings.ts'
import type { ModelTraits } from './model-traits.ts'

export type Wanted = {
  readonly message: Message
  readonly index: number
  readonly warnings: Warnings
  readonly traits: ModelTraits
}

/** One part as a content block, or `undefined` where nothing is left of it; `path` is where it stood in the caller's request. */
export function encodePart(part: Part, path: string, wanted: Wanted): JsonObject | undefined {
  const { warnings } = wanted
  if (part.type === 'opaque') {
    if (part.wire === 'cohere-v2') return part.value as JsonObject
    warnings.unsupported(path)
    return undefined
  }
  const block = encodeKnownPart(part, path, wanted)
  if (block === undefined) {
    warnings.unsupported(path)
    return undefined
  }
  warnOfForeign(part.extensions, { own: 'cohere-v2', warnings, path: `${path}.` })
  // The vendor caches by itself; there is no mark to carry.
  if (part.cache !== undefined) warnings.unsupported(`${path}.cache_control`)
  return { ...block, ...part.extensions?.['cohere-v2'] }
}

function encodeKnownPart(part: Part, path: string, { message }: Wanted): JsonObject | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: part.text }
    case 'image':
      return message.role === 'user' ? encodeImage(part, path) : undefined
    default:
      return undefined
  }
}

/** "Can be either a base64 data URI or a web URL"; detail is auto, low or high (cohere-ai 8.1.0, ImageUrl). */
function encodeImage({ source, detail }: ImagePart, path: string): JsonObject {
  if (source.kind !== 'base64' && source.kind !== 'url') {
    throw invalidRequest(path, `${path} names a file of another provider; send the image's bytes or address.`)
  }
  const url = source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`
  return { type: 'image_url', image_url: detail === undefined ? { url } : { url, detail } }
}

/** One plain text goes as a string, which is the same to the vendor and shorter; nothing is the empty text. */
export function plainContent(content: readonly JsonObject[]): Json {
  const [only] = content
  if (only === undefined) return ''
  const plain = content.length === 1 && only['type'] === 'text' && Object.keys(only).length === 2
  return plain ? (only['text'] ?? '') : content
}
