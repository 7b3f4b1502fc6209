import type { Json, JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import { readScenario } from '../models.ts'
import type { PlainApi } from '../types.ts'
import { base64Of, vectorOf } from '../vector.ts'
import { invalid, missing, unknownModel, wrongType, wrongValue } from './errors.ts'
import { checkNumber, parse, refuseUnknownMembers } from './read-request.ts'

/** Every member of `EmbeddingCreateParams` (openai 7.57.0); another one is refused. */
const members = new Set(['input', 'model', 'dimensions', 'encoding_format', 'user'])
const fullDimensions: Readonly<Record<string, number>> = {
  'text-embedding-3-small': 1536,
  'text-embedding-3-large': 3072,
  'text-embedding-ada-002': 1536,
}
const mostInputs = 2048

/** OpenAI's embeddings: `resources/embeddings` of the `openai` package. */
export const embeddings: PlainApi = {
  answer({ body, knows, acceptUnknown }) {
    const request = parse(body)
    const { model } = request
    if (model === undefined || model === null || model === '') {
      throw invalid('you must provide a model parameter', null, null)
    }
    if (typeof model !== 'string') throw wrongType('model', 'a string', model)
    if (!acceptUnknown) refuseUnknownMembers(request, members)
    const inputs = readInputs(request['input'])
    const format = request['encoding_format'] ?? 'float'
    if (format !== 'float' && format !== 'base64') {
      throw wrongValue('encoding_format', String(format), ['float', 'base64'])
    }
    if (!knows(model)) throw unknownModel(model)
    const dimensions = readDimensions(request, model)
    const data = inputs.map((input, index) => {
      const vector = vectorOf(input, dimensions)
      return { object: 'embedding', index, embedding: format === 'base64' ? base64Of(vector) : vector }
    })
    const text = inputs.join('\n')
    const tokens = countTokens(text.length)
    const usage = { prompt_tokens: tokens, total_tokens: tokens }
    return {
      model,
      text,
      stream: false,
      contentType: 'application/json',
      parts: `${JSON.stringify({ object: 'list', data, model, usage }, null, 2)}\n`,
    }
  },
}

/** Texts; a list of tokens stands for one. */
function readInputs(input: Json | undefined): readonly string[] {
  if (input === undefined || input === null) throw missing('input')
  if (typeof input === 'string') return [notEmpty(input)]
  if (!Array.isArray(input) || input.length === 0) throw badInput()
  if (input.every((item) => typeof item === 'number')) return [input.join(' ')]
  if (input.length > mostInputs) {
    throw invalid(
      `Invalid 'input': array too long. Expected an array with maximum length ${mostInputs}, but got an array with length ${input.length} instead.`,
      'input',
      'array_above_max_length',
    )
  }
  return input.map((item: Json) => {
    if (typeof item === 'string') return notEmpty(item)
    const isTokens =
      Array.isArray(item) && item.length > 0 && item.every((token) => typeof token === 'number')
    if (!isTokens) throw badInput()
    return item.join(' ')
  })
}

function notEmpty(text: string): string {
  if (text === '') throw badInput()
  return text
}

function badInput() {
  return invalid(
    "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
    null,
    null,
  )
}

/** Only the third generation is made shorter; a scenario alone is of that. */
function readDimensions(request: JsonObject, model: string): number {
  const base = readScenario(model)?.base ?? ''
  const full = base === '' ? 1536 : fullDimensions[base]
  if (full === undefined) {
    throw invalid('You are not allowed to generate embeddings from this model', null, null)
  }
  const { dimensions } = request
  if (dimensions === undefined || dimensions === null) return full
  if (base === 'text-embedding-ada-002') {
    throw invalid('This model does not support specifying dimensions.', null, null)
  }
  checkNumber('dimensions', { kind: 'integer', min: 1, max: full }, dimensions)
  return Number(dimensions)
}
