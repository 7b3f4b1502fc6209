import type {
  Batching,
  EmbeddingRequest,
  EmbeddingResponse,
  Encoded,
  Json,
  JsonObject,
  ProviderWire,
  TapFacts,
  TargetContext,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asList, asNumber } from '../../narrow.ts'
import { neverStreamed } from '../../never-streamed.ts'
import { peekUnary, spliceNothing } from '../../unary.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings } from '../../warnings.ts'
import { decodeError, encodeError } from '../bedrock-converse/errors.ts'

/*
 * Amazon Titan Text Embeddings, asked through InvokeModel: one text (`inputText`) a call. Version 1 takes the text alone.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
 */

function encodeRequest(request: EmbeddingRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const body: Record<string, Json> = { inputText: onlyText(request) }
  if (request.encodings.some((encoding) => encoding !== 'float' && encoding !== 'base64')) {
    throw invalidRequest(
      'embedding_types',
      'embedding_types: the model’s provider gives float alone; ask for it.',
    )
  }
  if (request.dimensions !== undefined) {
    if (target.model.includes('embed-text-v1')) warnings.unsupported('dimensions')
    else body['dimensions'] = request.dimensions
  }
  if (request.purpose !== undefined) warnings.unsupported('input_type')
  if (request.title !== undefined) warnings.unsupported('title')
  if (request.truncate !== undefined) warnings.unsupported('truncate')
  if (request.user !== undefined) warnings.unsupported('user')
  warnOfForeign(request.extensions, { own: 'titan-embed', warnings })
  return { body, warnings: warnings.all() }
}

function onlyText({ inputs, inputPaths }: EmbeddingRequest): string {
  const [input, second] = inputs
  const path = inputPaths[0] ?? 'input'
  if (input?.type === 'text' && second === undefined) return input.text
  if (input?.type === 'parts' && input.parts.length === 1 && input.parts[0]?.type === 'text') {
    return input.parts[0].text
  }
  throw invalidRequest(path, `${path} must be one text for this model.`)
}

/** One call a text; so many that a request is answered while its caller waits. */
const batching: Batching<EmbeddingRequest, EmbeddingResponse> = {
  split(request) {
    const { inputs, inputPaths } = request
    if (inputs.length > mostTexts) {
      const path = inputPaths[mostTexts] ?? 'input'
      throw invalidRequest(
        path,
        `${path}: this model takes one text a call, and no more than ${mostTexts} are asked for one request; send the rest apart.`,
      )
    }
    return inputs.map((input, index) => ({
      ...request,
      inputs: [input],
      inputPaths: inputPaths.slice(index, index + 1),
    }))
  },
  join(responses) {
    const total = responses.reduce((sum, { usage }) => sum + (usage?.input.total ?? 0), 0)
    return {
      vectors: { float: responses.flatMap(({ vectors }) => vectors.float ?? []) },
      usage: { input: { total }, output: {} },
    }
  },
}
const mostTexts = 256

function decodeResponse(body: JsonObject): EmbeddingResponse {
  const values = asList(body['embedding'])
  if (values === undefined || !values.every((number) => typeof number === 'number')) {
    throw malformedAnswer('it has no embedding')
  }
  return { vectors: { float: [values as readonly number[]] }, ...tapResponse(body) }
}

function tapResponse(body: JsonObject): TapFacts {
  const total = asNumber(body['inputTextTokenCount'])
  return total === undefined ? {} : { usage: { input: { total }, output: {} } }
}

export const titanEmbed: ProviderWire<EmbeddingRequest, EmbeddingResponse> = {
  ...neverStreamed,
  id: 'titan-embed',
  operation: 'embeddings',
  batching,
  peek: peekUnary,
  nativeSplice: spliceNothing,
  encodeRequest,
  decodeResponse,
  tapResponse,
  decodeError,
  encodeError,
}
