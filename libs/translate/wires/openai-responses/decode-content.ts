import type {
  AudioPart,
  DocumentPart,
  ImagePart,
  Json,
  JsonObject,
  Part,
  RefusalPart,
  Source,
  TextPart,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { optionalList, optionalText, requiredObject, requiredText } from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeCacheMark } from '../openai-chat/cache-mark.ts'
import { urlSource } from '../openai-chat/decode-part.ts'

type InputPart = TextPart | ImagePart | DocumentPart | AudioPart
type SaidPart = TextPart | RefusalPart

const knownMembers: Readonly<Record<InputPart['type'], ReadonlySet<string>>> = {
  text: new Set(['type', 'text']),
  image: new Set(['type', 'image_url', 'file_id', 'detail']),
  document: new Set(['type', 'file_id', 'file_data', 'file_url', 'filename']),
  audio: new Set(['type', 'input_audio']),
}
const knownOfOutputText: ReadonlySet<string> = new Set(['type', 'text', 'annotations'])
const knownOfRefusal: ReadonlySet<string> = new Set(['type', 'refusal'])

/** What is said to the model: a text or a list of input parts; absent and `null` hold nothing. */
export function decodeInputContent(content: Json | undefined, path: string): readonly Part[] {
  if (content === undefined || content === null) return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw wrongContent(path)
  return content.map((part: Json, index) => decodeInputPart(part, `${path}[${index}]`))
}

/** One part; a kind that this wire does not know yet stays opaque. */
function decodeInputPart(value: Json, path: string): Part {
  const part = requiredObject(value, path)
  const decoded: Draft<InputPart> | undefined = decodeKnownPart(part, `${path}.`)
  if (decoded === undefined) return { type: 'opaque', wire: 'openai-responses', value: part }
  const cache = decodeCacheMark(part)
  if (cache !== undefined) decoded.cache = cache
  // A cache mark goes along in both forms: the neutral one, and as it stood for this wire.
  const unknown = unknownMembers(part, knownMembers[decoded.type])
  if (unknown !== undefined) decoded.extensions = { 'openai-responses': unknown }
  return decoded
}

function decodeKnownPart(part: JsonObject, path: string): InputPart | undefined {
  switch (part['type']) {
    case 'input_text':
      return { type: 'text', text: requiredText(part, 'text', path) }
    case 'input_image':
      return decodeImage(part, path)
    case 'input_file':
      return decodeFile(part, path)
    case 'input_audio':
      return decodeAudio(part, path)
    default:
      return undefined
  }
}

/** An image that names neither address nor file is left to the provider to judge. */
function decodeImage(part: JsonObject, path: string): ImagePart | undefined {
  const url = optionalText(part, 'image_url', path)
  const id = optionalText(part, 'file_id', path)
  if (url === undefined && id === undefined) return undefined
  const source: Source = url !== undefined ? urlSource(url) : { kind: 'file', id: id ?? '' }
  const detail = optionalText(part, 'detail', path)
  return detail === undefined ? { type: 'image', source } : { type: 'image', source, detail }
}

function decodeFile(part: JsonObject, path: string): DocumentPart | undefined {
  const source = decodeFileSource(part, path)
  if (source === undefined) return undefined
  const name = optionalText(part, 'filename', path)
  return name === undefined ? { type: 'document', source } : { type: 'document', source, name }
}

function decodeFileSource(part: JsonObject, path: string): Source | undefined {
  const data = optionalText(part, 'file_data', path)
  const id = optionalText(part, 'file_id', path)
  const url = optionalText(part, 'file_url', path)
  if (data !== undefined) {
    const source = urlSource(data)
    return source.kind === 'base64' ? source : { kind: 'base64', mediaType: 'application/pdf', data }
  }
  if (id !== undefined) return { kind: 'file', id }
  return url === undefined ? undefined : { kind: 'url', url }
}

function decodeAudio(part: JsonObject, path: string): AudioPart {
  const audio = requiredObject(part['input_audio'], `${path}input_audio`)
  const format = requiredText(audio, 'format', `${path}input_audio.`)
  const data = requiredText(audio, 'data', `${path}input_audio.`)
  return { type: 'audio', format, source: { kind: 'base64', mediaType: `audio/${format}`, data } }
}

/** What the model said before: a text or a list of output parts. `undefined` when one of them is of an unknown kind. */
export function decodeOutputContent(
  content: Json | undefined,
  path: string,
): readonly SaidPart[] | undefined {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (content === undefined || content === null) return []
  if (!Array.isArray(content)) throw wrongContent(path)
  const parts: SaidPart[] = []
  for (const [index, value] of content.entries()) {
    const part = decodeOutputPart(requiredObject(value, `${path}[${index}]`), `${path}[${index}].`)
    if (part === undefined) return undefined
    parts.push(part)
  }
  return parts
}

function decodeOutputPart(part: JsonObject, path: string): SaidPart | undefined {
  switch (part['type']) {
    case 'output_text':
    case 'input_text':
      return decodeOutputText(part, path)
    case 'refusal': {
      const refusal: RefusalPart = { type: 'refusal', text: requiredText(part, 'refusal', path) }
      const unknown = unknownMembers(part, knownOfRefusal)
      return unknown === undefined ? refusal : { ...refusal, extensions: { 'openai-responses': unknown } }
    }
    default:
      return undefined
  }
}

function decodeOutputText(part: JsonObject, path: string): TextPart {
  const text: Draft<TextPart> = { type: 'text', text: requiredText(part, 'text', path) }
  const annotations = optionalList(part, 'annotations', path)
  if (annotations !== undefined && annotations.length > 0) text.citations = annotations
  const unknown = unknownMembers(part, knownOfOutputText)
  if (unknown !== undefined) text.extensions = { 'openai-responses': unknown }
  return text
}

function wrongContent(path: string) {
  return invalidRequest(path, `${path} must be a string or an array of content parts.`, 'invalid_type')
}
