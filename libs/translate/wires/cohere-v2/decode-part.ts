import type { ImagePart, Json, JsonObject, Part, ToolCallPart } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import { optionalText, requiredObject, requiredText } from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { urlSource } from '../openai-chat/decode-part.ts'
import { decodeDocument } from './documents.ts'

type KnownPart = Exclude<Part, { type: 'opaque' }>
type Role = 'system' | 'user' | 'assistant' | 'tool'

const knownOfPart: ReadonlySet<string> = new Set(['type', 'text', 'image_url', 'thinking', 'document'])

/** `content`: a text or a list of blocks; absent and `null` hold nothing. */
export function decodeContent(content: Json | undefined, role: Role, path: string): Part[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) {
    throw invalidRequest(path, `${path} must be a string or an array of content blocks.`, 'invalid_type')
  }
  return content.map((block: Json, index) => decodePart(block, role, `${path}[${index}]`))
}

/** One block; a kind that the role does not hold by the vendor's types stays opaque, for the vendor to judge. */
function decodePart(value: Json, role: Role, path: string): Part {
  const block = requiredObject(value, path)
  const part = decodeKnownPart(block, role, `${path}.`)
  if (part === undefined) return { type: 'opaque', wire: 'cohere-v2', value: block }
  const unknown = unknownMembers(block, knownOfPart)
  if (unknown === undefined) return part
  // A document has members of its own under the same name; what stood beside it is the vendor's to judge.
  return part.type === 'document'
    ? { type: 'opaque', wire: 'cohere-v2', value: block }
    : { ...part, extensions: { 'cohere-v2': unknown } }
}

function decodeKnownPart(block: JsonObject, role: Role, path: string): KnownPart | undefined {
  switch (block['type']) {
    case 'text':
      return { type: 'text', text: requiredText(block, 'text', path) }
    case 'image_url':
      return role === 'user' ? decodeImage(block, path) : undefined
    case 'thinking':
      return role === 'assistant'
        ? { type: 'reasoning', text: requiredText(block, 'thinking', path) }
        : undefined
    case 'document':
      return role === 'tool' ? decodeDocument(block['document'], `${path}document`) : undefined
    default:
      return undefined
  }
}

function decodeImage(block: JsonObject, path: string): ImagePart {
  const image = requiredObject(block['image_url'], `${path}image_url`)
  const part: Draft<ImagePart> = {
    type: 'image',
    source: urlSource(requiredText(image, 'url', `${path}image_url.`)),
  }
  const detail = optionalText(image, 'detail', `${path}image_url.`)
  if (detail !== undefined) part.detail = detail
  return part
}

/** One entry of `tool_calls`. */
export function decodeToolCall(value: Json, path: string): ToolCallPart {
  const call = requiredObject(value, path)
  const called = asObject(call['function']) ?? requiredObject(call['function'], `${path}.function`)
  const text = optionalText(called, 'arguments', `${path}.function.`)
  return {
    type: 'tool-call',
    id: requiredText(call, 'id', `${path}.`),
    name: requiredText(called, 'name', `${path}.function.`),
    argumentsText: text === undefined || text === '' ? '{}' : text,
  }
}
