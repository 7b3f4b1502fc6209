import { isJsonObject, type Json, type JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import type { PlainApi } from '../types.ts'
import { base64Of, vectorOf } from '../vector.ts'
import { invalid, unknownField, unknownModel, wrongType } from './errors.ts'
import { checkChoice, checkNumber, parse, readModel } from './read-request.ts'

/** Every member of `V2EmbedRequest` (cohere-ai 8.1.0); another one is refused. */
const members = new Set(
  'texts images model input_type inputs max_tokens output_dimension embedding_types truncate priority'.split(
    ' ',
  ),
)
const inputTypes = ['search_document', 'search_query', 'classification', 'clustering', 'image']
const embeddingTypes = ['float', 'int8', 'uint8', 'binary', 'ubinary', 'base64']
const mostInputs = 96

/** Cohere's embeddings (`/v2/embed`). */
export const embed: PlainApi = {
  answer({ body, knows, acceptUnknown }) {
    const request = parse(body)
    for (const name of Object.keys(request)) {
      if (!acceptUnknown && !members.has(name)) throw unknownField(name)
    }
    const model = readModel(request)
    if (request['input_type'] === undefined) throw invalid('input_type is required')
    checkChoice('input_type', inputTypes, request['input_type'])
    checkChoice('truncate', ['NONE', 'START', 'END'], request['truncate'])
    checkNumber(
      'max_tokens',
      { kind: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER },
      request['max_tokens'],
    )
    const { inputs, texts } = readInputs(request)
    const types = readTypes(request['embedding_types'])
    if (!knows(model)) throw unknownModel(model)
    const dimensions = readDimensions(request['output_dimension'], model)
    const vectors = inputs.map((input) => vectorOf(input, dimensions))
    const embeddings = Object.fromEntries(types.map((type) => [type, vectors.map(encoders[type] ?? asFloat)]))
    const text = inputs.join('\n')
    const answer = {
      id: '00000000-0000-4000-8000-000000000000',
      embeddings,
      texts,
      meta: {
        api_version: { version: '2' },
        billed_units: { input_tokens: countTokens(text.length) },
      },
      response_type: 'embeddings_by_type',
    }
    return { model, text, stream: false, contentType: 'application/json', parts: JSON.stringify(answer) }
  },
}

const asFloat = (vector: readonly number[]): unknown => vector
const asByte = (vector: readonly number[]) => vector.map((number) => Math.round(number * 127))
const bits = (vector: readonly number[]) =>
  Array.from({ length: vector.length / 8 }, (_, index) =>
    vector.slice(index * 8, index * 8 + 8).reduce((byte, number) => byte * 2 + (number > 0 ? 1 : 0), 0),
  )
const encoders: Readonly<Record<string, (vector: readonly number[]) => unknown>> = {
  float: asFloat,
  base64: base64Of,
  int8: asByte,
  uint8: (vector) => asByte(vector).map((number) => number + 128),
  ubinary: bits,
  binary: (vector) => bits(vector).map((byte) => byte - 128),
}

/** One of `texts`, `images` and `inputs`; what each embeds, as text. */
function readInputs(request: JsonObject): {
  readonly inputs: readonly string[]
  readonly texts: readonly string[]
} {
  const given = ['texts', 'images', 'inputs'].filter((name) => request[name] !== undefined)
  const [name] = given
  if (name === undefined || given.length > 1) {
    throw invalid('exactly one of texts, images or inputs must be provided')
  }
  const list = request[name]
  if (!Array.isArray(list)) throw wrongType(name, list, 'array')
  if (list.length === 0) throw invalid(`${name} must not be empty`)
  if (list.length > mostInputs) {
    throw invalid(`total number of ${name} must be at most ${mostInputs} - received ${list.length}`)
  }
  const inputs = list.map((item: Json, index) => {
    if (name !== 'inputs' && typeof item !== 'string') throw wrongType(`${name}[${index}]`, item, 'string')
    if (name === 'inputs' && !(isJsonObject(item) && Array.isArray(item['content']))) {
      throw wrongType(`${name}[${index}]`, item, 'object')
    }
    return typeof item === 'string' ? item : JSON.stringify(item)
  })
  return { inputs, texts: name === 'texts' ? inputs : [] }
}

function readTypes(types: Json | undefined): readonly string[] {
  if (types === undefined || types === null) return ['float']
  if (!Array.isArray(types)) throw wrongType('embedding_types', types, 'array')
  for (const type of types) checkChoice('embedding_types', embeddingTypes, type)
  return types as readonly string[]
}

/** Only version 4 is made shorter. */
function readDimensions(value: Json | undefined, model: string): number {
  const isFour = !model.startsWith('embed-english-v3.0')
  if (value === undefined || value === null) return isFour ? 1536 : 1024
  if (!isFour) throw invalid(`output_dimension is not supported for model ${model}`)
  if (![256, 512, 1024, 1536].includes(Number(value))) {
    throw invalid('output_dimension must be one of 256, 512, 1024, 1536.')
  }
  return Number(value)
}
