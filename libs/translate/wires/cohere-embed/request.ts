import type {
  Decoded,
  EmbeddingEncoding,
  EmbeddingInput,
  EmbeddingPart,
  EmbeddingPurpose,
  EmbeddingRequest,
  Encoded,
  GatewayError,
  Json,
  JsonObject,
  TargetContext,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import {
  optionalList,
  optionalNumber,
  optionalText,
  optionalTexts,
  readModel,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { setMember } from '../../set-member.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { urlSource } from '../openai-chat/decode-part.ts'

/*
 * Cohere's v2 embed. Inputs are `texts`, `images` (data URIs) or `inputs` (texts and images together); a request may
 * hold only one of the three. Source: npm package cohere-ai 8.1.0, api/resources/v2/client/requests/V2EmbedRequest.d.ts.
 */

const known: ReadonlySet<string> = new Set([
  ...['model', 'texts', 'images', 'inputs', 'input_type', 'embedding_types', 'output_dimension'],
  ...['truncate', 'fallbacks'],
])

/** `image` says what is embedded, not what for; it is written again where images are. */
const purposes: Readonly<Record<string, EmbeddingPurpose>> = {
  search_document: 'search-document',
  search_query: 'search-query',
  classification: 'classification',
  clustering: 'clustering',
}
const inputTypes: Readonly<Record<EmbeddingPurpose, string>> = {
  'search-document': 'search_document',
  'search-query': 'search_query',
  classification: 'classification',
  clustering: 'clustering',
  // Its nearest: the vendor has no words of its own for these.
  similarity: 'clustering',
  'question-answering': 'search_query',
  'fact-verification': 'search_query',
  'code-query': 'search_query',
}
const exactPurposes: ReadonlySet<string> = new Set(Object.values(purposes))

const encodings: ReadonlySet<string> = new Set(['float', 'base64', 'int8', 'uint8', 'binary', 'ubinary'])
const truncations = ['none', 'start', 'end'] as const

/** Wire → canonical. */
export function decodeRequest(body: JsonObject): Decoded<EmbeddingRequest> {
  const { inputs, inputPaths } = decodeInputs(body)
  const request: Draft<EmbeddingRequest> = {
    model: readModel(body),
    inputs,
    inputPaths,
    encodings: decodeEncodings(body),
  }
  const dimensions = optionalNumber(body, 'output_dimension')
  if (dimensions !== undefined) request.dimensions = dimensions
  const purpose = purposes[optionalText(body, 'input_type') ?? '']
  if (purpose !== undefined) request.purpose = purpose
  const truncate = decodeTruncate(optionalText(body, 'truncate'))
  if (truncate !== undefined) request.truncate = truncate
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) request.extensions = { 'cohere-embed': unknown }
  return { request, warnings: [] }
}

function decodeInputs(body: JsonObject): Pick<EmbeddingRequest, 'inputs' | 'inputPaths'> {
  const texts = optionalTexts(body, 'texts')?.map((text): EmbeddingInput => ({ type: 'text', text }))
  if (texts !== undefined && texts.length > 0) return withPaths('texts', texts)
  const images = optionalTexts(body, 'images')?.map(
    (image): EmbeddingInput => ({ type: 'parts', parts: [{ type: 'image', source: urlSource(image) }] }),
  )
  if (images !== undefined && images.length > 0) return withPaths('images', images)
  const inputs = optionalList(body, 'inputs')?.map(decodeInput)
  if (inputs !== undefined && inputs.length > 0) return withPaths('inputs', inputs)
  throw invalidRequest(
    'texts',
    'texts, images and inputs are all missing or empty; send one of them.',
    'missing_required_parameter',
  )
}

function withPaths(
  member: string,
  inputs: readonly EmbeddingInput[],
): Pick<EmbeddingRequest, 'inputs' | 'inputPaths'> {
  return { inputs, inputPaths: inputs.map((_input, index) => `${member}[${index}]`) }
}

function decodeInput(value: Json, index: number): EmbeddingInput {
  const path = `inputs[${index}]`
  const content = optionalList(requiredObject(value, path), 'content', `${path}.`) ?? []
  return { type: 'parts', parts: content.map((part, at) => decodePart(part, `${path}.content[${at}]`)) }
}

function decodePart(value: Json, path: string): EmbeddingPart {
  const part = requiredObject(value, path)
  if (part['type'] === 'text') return { type: 'text', text: requiredText(part, 'text', `${path}.`) }
  const image = requiredObject(part['image_url'], `${path}.image_url`)
  return { type: 'image', source: urlSource(requiredText(image, 'url', `${path}.image_url.`)) }
}

function decodeEncodings(body: JsonObject): readonly EmbeddingEncoding[] {
  const wanted = optionalTexts(body, 'embedding_types') ?? []
  for (const [index, encoding] of wanted.entries()) {
    if (!encodings.has(encoding)) {
      throw invalidRequest(
        `embedding_types[${index}]`,
        `embedding_types[${index}] must be one of ${[...encodings].join(', ')}.`,
        'invalid_value',
      )
    }
  }
  return wanted.length === 0 ? ['float'] : (wanted as readonly EmbeddingEncoding[])
}

function decodeTruncate(value: string | undefined): EmbeddingRequest['truncate'] {
  if (value === undefined) return undefined
  const found = truncations.find((truncation) => truncation === value.toLowerCase())
  if (found !== undefined) return found
  throw invalidRequest('truncate', 'truncate must be NONE, START or END.', 'invalid_value')
}

/** Canonical → wire. `input_type` is required of newer models: documents to be searched where nobody said. */
export function encodeRequest(request: EmbeddingRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const body: Record<string, Json> = {
    model: target.model,
    ...encodeInputs(request),
    input_type: encodeInputType(request, warnings),
    embedding_types: request.encodings,
  }
  if (request.dimensions !== undefined) body['output_dimension'] = request.dimensions
  if (request.truncate !== undefined) body['truncate'] = request.truncate.toUpperCase()
  if (request.user !== undefined) warnings.unsupported('user')
  if (request.title !== undefined) warnings.unsupported('title')
  warnOfForeign(request.extensions, { own: 'cohere-embed', warnings })
  for (const [name, value] of Object.entries(request.extensions?.['cohere-embed'] ?? {})) {
    if (value !== undefined) setMember(body, name, value)
  }
  return { body, warnings: warnings.all() }
}

function encodeInputType(request: EmbeddingRequest, warnings: Warnings): string {
  const { purpose } = request
  if (request.inputs.every(isImage)) return 'image'
  if (purpose === undefined) return 'search_document'
  if (!exactPurposes.has(purpose)) warnings.changed('taskType')
  return inputTypes[purpose]
}

function isImage(input: EmbeddingInput): boolean {
  return input.type === 'parts' && input.parts.length === 1 && input.parts[0]?.type === 'image'
}

function encodeInputs({ inputs, inputPaths }: EmbeddingRequest): JsonObject {
  const paths = inputs.map((_input, index) => inputPaths[index] ?? `input[${index}]`)
  if (inputs.every((input) => input.type === 'text')) return { texts: inputs.map(({ text }) => text) }
  return {
    inputs: inputs.map((input, index) => ({ content: encodeContent(input, paths[index] ?? 'input') })),
  }
}

function encodeContent(input: EmbeddingInput, path: string): readonly JsonObject[] {
  if (input.type === 'text') return [{ type: 'text', text: input.text }]
  if (input.type === 'tokens') throw tokens(path)
  return input.parts.map((part) =>
    part.type === 'text'
      ? { type: 'text', text: part.text }
      : { type: 'image_url', image_url: { url: imageUrl(part.source, path) } },
  )
}

function imageUrl(source: Extract<EmbeddingPart, { type: 'image' }>['source'], path: string): string {
  if (source.kind === 'base64') return `data:${source.mediaType};base64,${source.data}`
  throw invalidRequest(path, `${path} is an image by address; send its bytes.`)
}

function tokens(path: string): GatewayError {
  return invalidRequest(path, `${path} is a list of tokens of another vendor's model; send the text.`)
}
