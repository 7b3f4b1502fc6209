import type { Json, JsonObject, Part, Source, ToolCallPart } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import { optionalText, requiredObject, requiredText } from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeCacheMark } from './cache-mark.ts'

type KnownPart = Exclude<Part, { type: 'opaque' }>

const knownOfPart: ReadonlySet<string> = new Set([
  'type',
  'text',
  'refusal',
  'image_url',
  'input_audio',
  'file',
])

/** `content`: a text or a list of parts; absent and `null` hold nothing. */
export function decodeContent(content: Json | undefined, path: string): Part[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) {
    throw invalidRequest(path, `${path} must be a string or an array of content parts.`, 'invalid_type')
  }
  return content.map((part: Json, index) => decodePart(part, `${path}[${index}]`))
}

/** One content part; a kind that this wire does not know yet stays opaque. */
function decodePart(value: Json, path: string): Part {
  const part = requiredObject(value, path)
  const decoded: Draft<KnownPart> | undefined = decodeKnownPart(part, `${path}.`)
  if (decoded === undefined) return { type: 'opaque', wire: 'openai-chat', value: part }
  const cache = decodeCacheMark(part)
  if (cache !== undefined) decoded.cache = cache
  // A cache mark goes along in both forms: the neutral one, and as it stood for this wire.
  const unknown = unknownMembers(part, knownOfPart)
  if (unknown !== undefined) decoded.extensions = { 'openai-chat': unknown }
  return decoded
}

function decodeKnownPart(part: JsonObject, path: string): KnownPart | undefined {
  switch (part['type']) {
    case 'text':
      return { type: 'text', text: requiredText(part, 'text', path) }
    case 'refusal':
      return { type: 'refusal', text: requiredText(part, 'refusal', path) }
    case 'image_url':
      return decodeImage(part, path)
    case 'input_audio':
      return decodeAudio(part, path)
    case 'file':
      return decodeFile(part, path)
    default:
      return undefined
  }
}

function decodeImage(part: JsonObject, path: string): KnownPart {
  const image = part['image_url']
  if (typeof image === 'string') return { type: 'image', source: urlSource(image) }
  const object = requiredObject(image, `${path}image_url`)
  const source = urlSource(requiredText(object, 'url', `${path}image_url.`))
  const detail = optionalText(object, 'detail', `${path}image_url.`)
  return detail === undefined ? { type: 'image', source } : { type: 'image', source, detail }
}

function decodeAudio(part: JsonObject, path: string): KnownPart {
  const audio = requiredObject(part['input_audio'], `${path}input_audio`)
  const format = requiredText(audio, 'format', `${path}input_audio.`)
  const data = requiredText(audio, 'data', `${path}input_audio.`)
  return { type: 'audio', format, source: { kind: 'base64', mediaType: `audio/${format}`, data } }
}

/** A file by id or as bytes; one that names neither is left to the provider to judge. */
function decodeFile(part: JsonObject, path: string): KnownPart | undefined {
  const file = asObject(part['file'])
  if (file === undefined) return undefined
  const id = optionalText(file, 'file_id', `${path}file.`)
  const data = optionalText(file, 'file_data', `${path}file.`)
  if (id === undefined && data === undefined) return undefined
  const source: Source = id !== undefined ? { kind: 'file', id } : fileSource(data ?? '')
  const name = optionalText(file, 'filename', `${path}file.`)
  return name === undefined ? { type: 'document', source } : { type: 'document', source, name }
}

function fileSource(data: string): Source {
  const source = urlSource(data)
  return source.kind === 'base64' ? source : { kind: 'base64', mediaType: 'application/pdf', data }
}

/** `data:<type>;base64,<data>` holds the bytes; anything else is an address. */
export function urlSource(url: string): Source {
  if (!url.startsWith('data:')) return { kind: 'url', url }
  const comma = url.indexOf(',')
  const header = comma === -1 ? '' : url.slice(5, comma)
  if (!header.endsWith(';base64')) return { kind: 'url', url }
  const mediaType = header.slice(0, -';base64'.length).split(';')[0]
  return { kind: 'base64', mediaType: mediaType || 'application/octet-stream', data: url.slice(comma + 1) }
}

/** One entry of `tool_calls`; a custom tool's call stays opaque. */
export function decodeToolCall(value: Json, path: string): Part {
  const call = requiredObject(value, path)
  const called = asObject(call['function'])
  if (called === undefined) return { type: 'opaque', wire: 'openai-chat', value: call }
  return toolCall(requiredText(call, 'id', `${path}.`), called, `${path}.function.`)
}

/** The deprecated `function_call`, which has no id: the function's name stands for it. */
export function decodeFunctionCall(called: JsonObject, path: string): ToolCallPart {
  return toolCall(functionCallId(requiredText(called, 'name', path)), called, path)
}

/** The id that ties a deprecated `function_call` to its `function` message. */
export function functionCallId(name: string): string {
  return `function_${name}`
}

function toolCall(id: string, called: JsonObject, path: string): ToolCallPart {
  const argumentsText = optionalText(called, 'arguments', path) ?? ''
  return { type: 'tool-call', id, name: requiredText(called, 'name', path), argumentsText }
}
