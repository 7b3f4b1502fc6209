import { isJsonObject, type JsonObject } from '#contract'
import type { PlainAnswer, PlainApi, PlainRequest } from '../types.ts'
import { vectorOf } from '../vector.ts'
import { invalid, unknownModel, violation } from './errors.ts'
import { methodOf, readPath } from './path.ts'
import { batchEmbedContentsRequest, countTokensRequest, embedContentRequest, readMessage } from './proto.ts'
import { parse, readRequest } from './read-request.ts'

/** Google's methods of a model beside those that write. https://ai.google.dev/api/tokens https://ai.google.dev/api/embeddings */
const apis: Readonly<Record<string, PlainApi>> = {
  countTokens: { answer: count },
  embedContent: { answer: embedOne },
  batchEmbedContents: { answer: embedAll },
}

export function otherApi(path: string): PlainApi | undefined {
  const method = methodOf(path)
  return method === undefined ? undefined : apis[method]
}

/** `contents` alone or a whole request, which names the model of the path. */
function count(request: PlainRequest): PlainAnswer {
  const { path, body, headers, knows, acceptUnknown } = request
  const message = readMessage(parse(body), countTokensRequest, { path: '', acceptUnknown })
  const { generateContentRequest: whole, contents } = message
  if (whole !== undefined && contents !== undefined) {
    throw invalid('contents and generate_content_request are mutually exclusive.')
  }
  if (isJsonObject(whole)) checkName(whole, path, 'generate_content_request.')
  const asked = Buffer.from(JSON.stringify(whole ?? { contents: contents ?? [] }))
  const generate = path.replace(/:[A-Za-z]+$/, ':generateContent')
  const question = readRequest({
    path: generate,
    body: asked,
    headers,
    knows,
    acceptUnknown,
    address: undefined,
  })
  const { model, text, inputTokens } = question
  const promptTokensDetails = [{ modality: 'TEXT', tokenCount: inputTokens }]
  return jsonAnswer({ model, text, json: { totalTokens: inputTokens, promptTokensDetails } })
}

function embedOne(request: PlainRequest): PlainAnswer {
  const { path, body, acceptUnknown } = request
  const message = readMessage(parse(body), embedContentRequest, { path: '', acceptUnknown })
  if (message['model'] !== undefined) checkName(message, path, '')
  const { text, values } = embed(message, '')
  return jsonAnswer({ model: modelOf(request), text, json: { embedding: { values } } })
}

/** Each request of a batch must name the model, and it must be that of the path. */
function embedAll(request: PlainRequest): PlainAnswer {
  const { path, body, acceptUnknown } = request
  const message = readMessage(parse(body), batchEmbedContentsRequest, { path: '', acceptUnknown })
  const requests = (message['requests'] ?? []) as readonly JsonObject[]
  if (requests.length === 0) throw violation('requests', 'requests must not be empty.')
  if (requests.length > 100) throw violation('requests', 'at most 100 requests can be in one batch')
  const embedded = requests.map((each, index) => {
    checkName(each, path, `requests[${index}].`)
    return embed(each, `requests[${index}].`)
  })
  const text = embedded.map((each) => each.text).join('\n')
  const embeddings = embedded.map(({ values }) => ({ values }))
  return jsonAnswer({ model: modelOf(request), text, json: { embeddings } })
}

function modelOf({ path, knows }: PlainRequest): string {
  const { model, version, method } = readPath(path)
  if (!knows(model) || !(model.includes('embedding') || model.startsWith('simulated-'))) {
    throw unknownModel(model, version, method)
  }
  return model
}

function checkName({ model }: JsonObject, path: string, at: string): void {
  const name = /(?:models|tunedModels)\/[^:]+(?=:)/.exec(decodeURIComponent(path))?.[0]
  if (model === undefined) throw violation(`${at}model`, 'unexpected model name format')
  if (model !== name)
    throw violation(`${at}model`, `model must match the model of the request's path, ${name}`)
}

function embed(
  message: JsonObject,
  at: string,
): { readonly text: string; readonly values: readonly number[] } {
  const { content, outputDimensionality, taskType, title } = message
  const parts = isJsonObject(content) && Array.isArray(content['parts']) ? content['parts'] : []
  if (parts.length === 0) throw violation(`${at}content`, 'contents is not specified')
  if (title !== undefined && taskType !== undefined && taskType !== 'RETRIEVAL_DOCUMENT') {
    throw violation(`${at}title`, 'a title is only valid with task type RETRIEVAL_DOCUMENT')
  }
  const dimensions = Number(outputDimensionality ?? 3072)
  if (dimensions < 1 || dimensions > 3072) {
    throw violation(`${at}output_dimensionality`, 'output_dimensionality must be in the range [1, 3072].')
  }
  const text = parts.map((part) => (isJsonObject(part) ? String(part['text'] ?? '') : '')).join('')
  return { text, values: vectorOf(text, dimensions) }
}

function jsonAnswer(of: {
  readonly model: string
  readonly text: string
  readonly json: object
}): PlainAnswer {
  const { model, text, json } = of
  const parts = `${JSON.stringify(json, null, 2)}\n`
  return { model, text, stream: false, contentType: 'application/json; charset=UTF-8', parts }
}
