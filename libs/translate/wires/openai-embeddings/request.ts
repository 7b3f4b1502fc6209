import type {
  Decoded,
  EmbeddingEncoding,
  EmbeddingInput,
  EmbeddingRequest,
  Encoded,
  Json,
  JsonObject,
  TargetContext,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { optionalNumber, optionalText, readModel } from '../../request-members.ts'
import { setMember } from '../../set-member.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { createWarnings } from '../../warnings.ts'

/** Source: npm package openai 7.57.0, resources/embeddings.d.ts, EmbeddingCreateParams. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'input', 'dimensions', 'encoding_format', 'user', 'fallbacks'],
])

/** Wire → canonical. */
export function decodeRequest(body: JsonObject): Decoded<EmbeddingRequest> {
  const inputs = decodeInput(body['input'])
  const request: Draft<EmbeddingRequest> = {
    model: readModel(body),
    inputs,
    inputPaths: inputs.length === 1 ? ['input'] : inputs.map((_input, index) => `input[${index}]`),
    encodings: [decodeEncoding(optionalText(body, 'encoding_format'))],
  }
  const dimensions = optionalNumber(body, 'dimensions')
  if (dimensions !== undefined) request.dimensions = dimensions
  const user = optionalText(body, 'user')
  if (user !== undefined) request.user = user
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) request.extensions = { 'openai-embeddings': unknown }
  return { request, warnings: [] }
}

/** A text, texts, tokens, or lists of tokens. */
function decodeInput(input: Json | undefined): readonly EmbeddingInput[] {
  if (typeof input === 'string') return [{ type: 'text', text: input }]
  if (!Array.isArray(input)) {
    throw invalidRequest('input', 'input must be a string, or an array of strings or tokens.', 'invalid_type')
  }
  if (input.length === 0) throw invalidRequest('input', 'input is empty; send at least one text.')
  if (input.every((item) => typeof item === 'number')) return [{ type: 'tokens', tokens: input as number[] }]
  return input.map((item: Json, index): EmbeddingInput => {
    if (typeof item === 'string') return { type: 'text', text: item }
    if (Array.isArray(item) && item.every((token) => typeof token === 'number')) {
      return { type: 'tokens', tokens: item as number[] }
    }
    throw invalidRequest(
      `input[${index}]`,
      `input[${index}] must be a string or an array of tokens.`,
      'invalid_type',
    )
  })
}

function decodeEncoding(format: string | undefined): EmbeddingEncoding {
  if (format === undefined || format === 'float') return 'float'
  if (format === 'base64') return 'base64'
  throw invalidRequest('encoding_format', 'encoding_format must be float or base64.', 'invalid_value')
}

/** Canonical → wire. Floats are asked for as base64, which is a third as long, and are exact. */
export function encodeRequest(request: EmbeddingRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const body: Record<string, Json> = { model: target.model, input: encodeInputs(request) }
  if (request.encodings.some((encoding) => encoding !== 'float' && encoding !== 'base64')) {
    throw invalidRequest(
      'embedding_types',
      'embedding_types: the model’s provider gives float and base64 alone; ask for one of them.',
    )
  }
  if (request.dimensions !== undefined) body['dimensions'] = request.dimensions
  if (request.user !== undefined) body['user'] = request.user
  if (request.purpose !== undefined) warnings.unsupported('input_type')
  if (request.title !== undefined) warnings.unsupported('title')
  if (request.truncate !== undefined) warnings.unsupported('truncate')
  warnOfForeign(request.extensions, { own: 'openai-embeddings', warnings })
  for (const [name, value] of Object.entries(request.extensions?.['openai-embeddings'] ?? {})) {
    if (value !== undefined) setMember(body, name, value)
  }
  return { body, warnings: warnings.all() }
}

function encodeInputs({ inputs, inputPaths }: EmbeddingRequest): Json {
  const encoded = inputs.map((input, index) => encodeInput(input, inputPaths[index] ?? `input[${index}]`))
  const [only] = encoded
  return encoded.length === 1 && only !== undefined ? only : encoded
}

function encodeInput(input: EmbeddingInput, path: string): Json {
  if (input.type === 'text') return input.text
  if (input.type === 'tokens') return input.tokens
  const [part] = input.parts
  if (input.parts.length === 1 && part?.type === 'text') return part.text
  throw invalidRequest(
    path,
    `${path} holds more than one text; the model's provider turns texts alone into vectors.`,
  )
}
