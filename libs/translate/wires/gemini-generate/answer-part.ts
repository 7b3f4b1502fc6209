import type { Json, JsonObject, Part, TextPart, ToolCallPart } from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeCall } from './encode-part.ts'
import { encodeSource, mediaPart, withOwnMembers } from './media.ts'

type KnownPart = Exclude<Part, { type: 'opaque' }>

const knownOfPart: ReadonlySet<string> = new Set(['text', 'thought', 'functionCall', 'inlineData'])
const knownOfSigned: ReadonlySet<string> = new Set([...knownOfPart, 'thoughtSignature'])

/** What an item of reasoning on openai-responses holds: it goes as the text and the signature of the thought. */
const wordsAndProof = ['summary', 'content', 'encrypted_content']

/** One part of an answer; `callId` is given to a call that has no id of its own. */
export function decodeAnswerPart(value: Json, callId: string): Part {
  const part = asObject(value)
  const decoded: Draft<KnownPart> | undefined = part && decodeKnown(part, callId)
  if (part === undefined || decoded === undefined) return { type: 'opaque', wire: 'gemini-generate', value }
  const isSigned = decoded.type === 'reasoning' || decoded.type === 'tool-call'
  const unknown = unknownMembers(part, isSigned ? knownOfSigned : knownOfPart)
  if (unknown !== undefined) {
    decoded.extensions = { 'gemini-generate': { ...unknown, ...decoded.extensions?.['gemini-generate'] } }
  }
  return decoded
}

function decodeKnown(part: JsonObject, callId: string): KnownPart | undefined {
  const call = asObject(part['functionCall'])
  const signature = asText(part['thoughtSignature'])
  if (call !== undefined) return decodeCall(call, callId, signature)
  const blob = asObject(part['inlineData'])
  if (blob !== undefined) return decodeBlob(blob)
  const text = asText(part['text'])
  if (text === undefined) return undefined
  if (part['thought'] !== true) return { type: 'text', text }
  return signature === undefined ? { type: 'reasoning', text } : { type: 'reasoning', text, signature }
}

/** A call that comes in pieces (`partialArgs`, where it was asked for) has no neutral form. */
export function decodeCall(
  call: JsonObject,
  callId: string,
  signature: string | undefined,
): ToolCallPart | undefined {
  const name = asText(call['name'])
  if (name === undefined || call['partialArgs'] !== undefined || call['willContinue'] !== undefined) {
    return undefined
  }
  const decoded: Draft<ToolCallPart> = {
    type: 'tool-call',
    id: asText(call['id']) || callId,
    name,
    argumentsText: JSON.stringify(call['args'] ?? {}),
  }
  if (signature !== undefined) decoded.signature = signature
  return decoded
}

function decodeBlob(blob: JsonObject): KnownPart | undefined {
  const mediaType = asText(blob['mimeType'])
  const data = asText(blob['data'])
  if (mediaType === undefined || data === undefined) return undefined
  const part: Draft<KnownPart> | undefined = mediaPart(mediaType, { kind: 'base64', mediaType, data })
  const displayName = asText(blob['displayName'])
  if (part !== undefined && displayName !== undefined) {
    part.extensions = { 'gemini-generate': { displayName } }
  }
  return part
}

/** `undefined` where nothing is left of it, which a warning names. */
export function encodeAnswerPart(part: Part, path: string, warnings: Warnings): JsonObject | undefined {
  if (part.type !== 'opaque') {
    const carried = part.type === 'reasoning' ? wordsAndProof : []
    warnOfForeign(part.extensions, { own: 'gemini-generate', warnings, path: `${path}.`, carried })
    const encoded = encodeKnown(part, path, warnings)
    if (encoded !== undefined) return withOwnMembers(encoded, part.extensions?.['gemini-generate'])
  } else if (part.wire === 'gemini-generate') {
    const value = asObject(part.value)
    if (value !== undefined) return value
  }
  warnings.unsupported(path)
  return undefined
}

function encodeKnown(part: KnownPart, path: string, warnings: Warnings): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, path, warnings)
    case 'refusal':
      return { text: part.text }
    case 'reasoning': {
      if (part.redacted !== undefined) return undefined
      const thought = { text: part.text, thought: true }
      return part.signature === undefined ? thought : { ...thought, thoughtSignature: part.signature }
    }
    case 'tool-call':
      return encodeCall(part, path, warnings)
    case 'image':
    case 'audio':
    case 'document':
      return encodeSource(part.source)
    default:
      return undefined
  }
}

function encodeText(part: TextPart, path: string, warnings: Warnings): JsonObject {
  if (part.citations !== undefined) warnings.unsupported(`${path}.citations`)
  return { text: part.text }
}
