import type { Json, JsonObject, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from '#contract'
import type { Draft } from '../../draft.ts'
import {
  optionalBoolean,
  optionalList,
  optionalObject,
  optionalText,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import type { CallIds } from './call-ids.ts'
import { mediaPart, uriSource } from './media.ts'
import { camelCased } from './spelling.ts'
import { decodeToolResponse } from './tool-response.ts'

type KnownPart = Exclude<Part, { type: 'opaque' }>

const members: ReadonlySet<string> = new Set([
  ...['text', 'thought', 'thoughtSignature', 'inlineData', 'fileData', 'functionCall', 'functionResponse'],
  ...[
    'executableCode',
    'codeExecutionResult',
    'toolCall',
    'toolResponse',
    'videoMetadata',
    'mediaResolution',
  ],
  ...['partMetadata', 'mediaProcessing', 'audioTranscription', 'speechMetadata'],
])
/** Members that the neutral parts hold; a signature where it is a call's or a thought's alone. */
const known: ReadonlySet<string> = new Set([
  ...['text', 'thought', 'inlineData', 'fileData', 'functionCall', 'functionResponse'],
])
const knownWithSignature: ReadonlySet<string> = new Set([...known, 'thoughtSignature'])
const ofBlob: ReadonlySet<string> = new Set(['mimeType', 'data', 'displayName'])
const ofFile: ReadonlySet<string> = new Set(['mimeType', 'fileUri', 'displayName'])
const ofCall: ReadonlySet<string> = new Set(['id', 'name', 'args', 'partialArgs', 'willContinue'])
const ofResponse: ReadonlySet<string> = new Set([
  ...['id', 'name', 'response', 'parts', 'willContinue', 'scheduling'],
])
const knownOfCall: ReadonlySet<string> = new Set(['id', 'name', 'args'])
const knownOfResponse: ReadonlySet<string> = new Set(['id', 'name', 'response', 'parts'])

/** Where a part stands: its path, and its numbers for an id. */
export type Place = { readonly path: string; readonly id: string; readonly ids: CallIds }

/** One part; a kind that has no neutral form (code that ran, videos, …) stays opaque. */
export function decodePart(value: Json, place: Place): Part {
  const part = camelCased(requiredObject(value, place.path), members)
  const decoded: Draft<KnownPart> | undefined = decodeKnownPart(part, place)
  if (decoded === undefined) return { type: 'opaque', wire: 'gemini-generate', value: part }
  const bearsSignature = decoded.type === 'reasoning' || decoded.type === 'tool-call'
  const unknown = unknownMembers(part, bearsSignature ? knownWithSignature : known)
  if (unknown !== undefined) {
    decoded.extensions = { 'gemini-generate': { ...unknown, ...decoded.extensions?.['gemini-generate'] } }
  }
  return decoded
}

function decodeKnownPart(part: JsonObject, place: Place): KnownPart | undefined {
  const path = `${place.path}.`
  const call = optionalObject(part, 'functionCall', path)
  if (call !== undefined) return decodeCall(call, optionalText(part, 'thoughtSignature', path), place)
  const response = optionalObject(part, 'functionResponse', path)
  if (response !== undefined) return decodeResponse(response, place)
  const blob = optionalObject(part, 'inlineData', path)
  if (blob !== undefined) return decodeBlob(blob, `${path}inlineData.`)
  const file = optionalObject(part, 'fileData', path)
  if (file !== undefined) return decodeFile(file, `${path}fileData.`)
  return decodeText(part, path)
}

function decodeText(part: JsonObject, path: string): TextPart | ReasoningPart | undefined {
  const text = optionalText(part, 'text', path)
  if (text === undefined) return undefined
  if (optionalBoolean(part, 'thought', path) !== true) return { type: 'text', text }
  const signature = optionalText(part, 'thoughtSignature', path)
  return signature === undefined ? { type: 'reasoning', text } : { type: 'reasoning', text, signature }
}

function decodeCall(raw: JsonObject, signature: string | undefined, place: Place): ToolCallPart | undefined {
  const call = camelCased(raw, ofCall)
  if (unknownMembers(call, knownOfCall) !== undefined) return undefined
  const path = `${place.path}.functionCall.`
  const name = requiredText(call, 'name', path)
  const args = optionalObject(call, 'args', path)
  const part: Draft<ToolCallPart> = {
    type: 'tool-call',
    id: place.ids.called(name, optionalText(call, 'id', path), place.id),
    name,
    argumentsText: JSON.stringify(args ?? {}),
  }
  if (signature !== undefined) part.signature = signature
  return part
}

function decodeResponse(raw: JsonObject, place: Place): ToolResultPart {
  const response = camelCased(raw, ofResponse)
  const path = `${place.path}.functionResponse.`
  const name = requiredText(response, 'name', path)
  const { text, isError } = decodeToolResponse(optionalObject(response, 'response', path) ?? {})
  const content: Part[] = text === undefined ? [] : [{ type: 'text', text }]
  for (const [index, inner] of (optionalList(response, 'parts', path) ?? []).entries()) {
    content.push(decodePart(inner, { ...place, path: `${path}parts[${index}]` }))
  }
  const part: Draft<ToolResultPart> = {
    type: 'tool-result',
    callId: place.ids.answered(name, optionalText(response, 'id', path), place.id),
    name,
    content,
  }
  if (isError) part.isError = true
  const unknown = unknownMembers(response, knownOfResponse)
  if (unknown !== undefined) part.extensions = { 'gemini-generate': { functionResponse: unknown } }
  return part
}

function decodeBlob(raw: JsonObject, path: string): KnownPart | undefined {
  const blob = camelCased(raw, ofBlob)
  const mediaType = requiredText(blob, 'mimeType', path)
  const part: Draft<KnownPart> | undefined = mediaPart(mediaType, {
    kind: 'base64',
    mediaType,
    data: requiredText(blob, 'data', path),
  })
  return part && withName(part, blob, path)
}

function decodeFile(raw: JsonObject, path: string): KnownPart | undefined {
  const file = camelCased(raw, ofFile)
  const uri = requiredText(file, 'fileUri', path)
  const mediaType = optionalText(file, 'mimeType', path) ?? ''
  const part: Draft<KnownPart> | undefined = mediaPart(mediaType, uriSource(uri, mediaType))
  return part && withName(part, file, path)
}

/** The vendor reads the name for its own tools alone; it is given back to it as it came. */
function withName(part: Draft<KnownPart>, object: JsonObject, path: string): KnownPart {
  const displayName = optionalText(object, 'displayName', path)
  if (displayName === undefined) return part
  part.extensions = { 'gemini-generate': { displayName } }
  return part
}
