import type {
  Decoded,
  EmbeddingInput,
  EmbeddingPart,
  EmbeddingRequest,
  Encoded,
  Json,
  JsonObject,
  RequestAddress,
  TargetContext,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asObject } from '../../narrow.ts'
import {
  optionalList,
  optionalNumber,
  optionalText,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { setMember } from '../../set-member.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { createWarnings } from '../../warnings.ts'
import { resourceName } from '../gemini-generate/resource-name.ts'
import { decodePurpose, encodePurpose } from './purpose.ts'

/*
 * `:embedContent` holds one request, `:batchEmbedContents` a list of them in `requests`. Members are read in both
 * spellings, as proto JSON allows. Source: https://ai.google.dev/api/embeddings (v1beta).
 */

const known: ReadonlySet<string> = new Set([
  ...['model', 'content', 'taskType', 'task_type', 'title', 'fallbacks'],
  ...['outputDimensionality', 'output_dimensionality'],
])

/** What all requests of a batch must have in common, since a call has it once on other wires. */
type Settings = Pick<Draft<EmbeddingRequest>, 'dimensions' | 'purpose' | 'title' | 'extensions'>

export function decodeSingle(body: JsonObject, address?: RequestAddress): Decoded<EmbeddingRequest> {
  return {
    request: {
      model: address?.model ?? requiredText(body, 'model'),
      inputs: [decodeInput(body, '')],
      inputPaths: ['content'],
      encodings: ['float'],
      ...decodeSettings(body, ''),
    },
    warnings: [],
  }
}

export function decodeBatch(body: JsonObject, address?: RequestAddress): Decoded<EmbeddingRequest> {
  const requests = optionalList(body, 'requests') ?? []
  if (requests.length === 0) throw invalidRequest('requests', 'requests is empty; send at least one.')
  const objects = requests.map((value, index) => requiredObject(value, `requests[${index}]`))
  const settings = objects.map((object, index) => decodeSettings(object, `requests[${index}].`))
  const [first] = settings
  const odd = settings.findIndex((other) => JSON.stringify(other) !== JSON.stringify(first))
  if (odd !== -1) {
    throw invalidRequest(
      `requests[${odd}]`,
      `requests[${odd}] has another taskType, title or outputDimensionality than requests[0]; the model's provider takes one for all: send them apart.`,
    )
  }
  return {
    request: {
      model: address?.model ?? requiredText(body, 'model'),
      inputs: objects.map((object, index) => decodeInput(object, `requests[${index}].`)),
      inputPaths: objects.map((_object, index) => `requests[${index}].content`),
      encodings: ['float'],
      ...first,
    },
    warnings: [],
  }
}

function decodeSettings(body: JsonObject, path: string): Settings {
  const settings: Settings = {}
  const taskType = optionalText(body, 'taskType', path) ?? optionalText(body, 'task_type', path)
  const purpose = taskType === undefined ? undefined : decodePurpose(taskType)
  if (purpose !== undefined) settings.purpose = purpose
  const title = optionalText(body, 'title', path)
  if (title !== undefined) settings.title = title
  const dimensions =
    optionalNumber(body, 'outputDimensionality', path) ?? optionalNumber(body, 'output_dimensionality', path)
  if (dimensions !== undefined) settings.dimensions = dimensions
  const unknown = unknownMembers(body, known)
  const unnamed = taskType !== undefined && taskType !== 'TASK_TYPE_UNSPECIFIED' && purpose === undefined
  const own = { ...unknown, ...(unnamed && { taskType }) }
  if (Object.keys(own).length > 0) settings.extensions = { 'gemini-embed': own }
  return settings
}

function decodeInput(body: JsonObject, path: string): EmbeddingInput {
  const content = body['content']
  // Clients may send a plain text where the API has a content.
  if (typeof content === 'string') return { type: 'text', text: content }
  const parts = optionalList(requiredObject(content, `${path}content`), 'parts', `${path}content.`) ?? []
  const decoded = parts.map((part, index) => decodePart(part, `${path}content.parts[${index}]`))
  const [only] = decoded
  return decoded.length === 1 && only?.type === 'text' ? only : { type: 'parts', parts: decoded }
}

function decodePart(value: Json, path: string): EmbeddingPart {
  const part = requiredObject(value, path)
  const text = optionalText(part, 'text', `${path}.`)
  if (text !== undefined) return { type: 'text', text }
  const data = asObject(part['inlineData'] ?? part['inline_data'])
  if (data === undefined) throw invalidRequest(path, `${path} must be a text or inlineData.`)
  const mediaType = optionalText(data, 'mimeType') ?? requiredText(data, 'mime_type', `${path}.inlineData.`)
  return {
    type: 'image',
    source: { kind: 'base64', mediaType, data: requiredText(data, 'data', `${path}.inlineData.`) },
  }
}

/** Canonical → wire, always as a batch. */
export function encodeRequest(request: EmbeddingRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  if (request.encodings.some((encoding) => encoding !== 'float' && encoding !== 'base64')) {
    throw invalidRequest(
      'embedding_types',
      'embedding_types: the model’s provider gives float alone; ask for it.',
    )
  }
  if (request.user !== undefined) warnings.unsupported('user')
  if (request.truncate !== undefined) warnings.unsupported('truncate')
  warnOfForeign(request.extensions, { own: 'gemini-embed', warnings })
  const shared = encodeSettings(request)
  const requests = request.inputs.map((input, index) => ({
    model: resourceName(target.model),
    content: { parts: encodeInput(input, request.inputPaths[index] ?? `requests[${index}]`) },
    ...shared,
  }))
  return { body: { requests }, warnings: warnings.all() }
}

function encodeSettings(request: EmbeddingRequest): JsonObject {
  const settings: Record<string, Json> = {}
  if (request.purpose !== undefined) settings['taskType'] = encodePurpose(request.purpose)
  if (request.title !== undefined) settings['title'] = request.title
  if (request.dimensions !== undefined) settings['outputDimensionality'] = request.dimensions
  for (const [name, value] of Object.entries(request.extensions?.['gemini-embed'] ?? {})) {
    if (value !== undefined) setMember(settings, name, value)
  }
  return settings
}

function encodeInput(input: EmbeddingInput, path: string): readonly JsonObject[] {
  switch (input.type) {
    case 'text':
      return [{ text: input.text }]
    case 'tokens':
      throw invalidRequest(path, `${path} is a list of tokens of another vendor's model; send the text.`)
    case 'parts':
      return input.parts.map((part, index) => encodePart(part, `${path}[${index}]`))
  }
}

function encodePart(part: EmbeddingPart, path: string): JsonObject {
  if (part.type === 'text') return { text: part.text }
  const { source } = part
  if (source.kind !== 'base64') throw invalidRequest(path, `${path} is an image by address; send its bytes.`)
  return { inlineData: { mimeType: source.mediaType, data: source.data } }
}
