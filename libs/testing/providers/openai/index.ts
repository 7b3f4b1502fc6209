import { edgeHeaders } from '../edge-headers.ts'
import { type Vendor, VendorError } from '../types.ts'
import { completions } from './completions.ts'
import { embeddings } from './embeddings.ts'
import { encodeCompletion, streamCompletion } from './encode.ts'
import { failure, unauthenticated } from './errors.ts'
import { mediaApi } from './media.ts'
import { readRequest } from './read-request.ts'

const createdAtSeconds = 1715367049

/** OpenAI as its API reference and its SDK's types describe it. */
export const openai: Vendor = {
  id: 'openai',
  chatPath: '/v1/chat/completions',
  otherApi: (path) => {
    if (path === '/v1/completions') return completions
    return path === '/v1/embeddings' ? embeddings : mediaApi(path)
  },
  authenticate(headers, accepts) {
    const key = /^bearer\s+(.*)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
    if (key === undefined || !accepts(key)) throw unauthenticated(key)
  },
  read: readRequest,
  encode: encodeCompletion,
  streamEvents: streamCompletion,
  streamError: () => `data: ${JSON.stringify({ error: errorObject(failure({ status: 500 })) })}\n\n`,
  brokenEvent: 'data: {"id":"chatcmpl-","object":"chat.completion.ch\n\n',
  errorBody: (error) => `${JSON.stringify({ error: errorObject(error) }, null, 2)}\n`,
  failure,
  unknownPath: (method, path) =>
    new VendorError({
      status: 404,
      type: 'invalid_request_error',
      message: `Invalid URL (${method} ${path})`,
    }),
  unknownModel: (model) =>
    new VendorError({
      status: 404,
      type: 'invalid_request_error',
      message: `The model '${model}' does not exist`,
      param: 'model',
      code: 'model_not_found',
    }),
  wrongMethod: (method, path) =>
    new VendorError({
      status: 405,
      type: 'invalid_request_error',
      message: `Not allowed to ${method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`,
      code: 'method_not_supported',
    }),
  modelList: (models) =>
    `${JSON.stringify({ object: 'list', data: models.map((model) => modelObject(model)) }, null, 2)}\n`,
  modelInfo: (model) => `${JSON.stringify(modelObject(model), null, 2)}\n`,
  headers: (requestId) => ({
    'x-request-id': requestId,
    'openai-organization': 'org-simulated',
    'openai-project': 'proj_simulated',
    'openai-processing-ms': '12',
    'openai-version': '2020-10-01',
    'x-envoy-upstream-service-time': '14',
    'x-ratelimit-limit-requests': '10000',
    'x-ratelimit-limit-tokens': '200000',
    'x-ratelimit-remaining-requests': '9999',
    'x-ratelimit-remaining-tokens': '199985',
    'x-ratelimit-reset-requests': '8.64s',
    'x-ratelimit-reset-tokens': '4ms',
    ...edgeHeaders,
  }),
}

function errorObject(error: VendorError) {
  return { message: error.message, type: error.type, param: error.param, code: error.code }
}

function modelObject(model: string) {
  return { id: model, object: 'model', created: createdAtSeconds, owned_by: 'system' }
}
