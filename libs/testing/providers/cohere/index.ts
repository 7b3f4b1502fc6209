import { edgeHeaders } from '../edge-headers.ts'
import type { Vendor } from '../types.ts'
import { embed } from './embed.ts'
import { encodeAnswer, event, streamAnswer } from './encode.ts'
import { failure, refusal, unknownModel } from './errors.ts'
import { readRequest } from './read-request.ts'
import { rerank } from './rerank.ts'

/** Cohere's API v2 as its API reference and its SDK's types describe it. */
export const cohere: Vendor = {
  id: 'cohere',
  chatPath: '/v2/chat',
  otherApi: (path) => (path === '/v2/embed' ? embed : path === '/v2/rerank' ? rerank : undefined),
  authenticate(headers, accepts) {
    const key = /^bearer\s+(.*)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
    if (key === undefined || key === '') throw refusal(401, 'no api key supplied')
    if (!accepts(key)) throw refusal(401, 'invalid api token')
  },
  read: readRequest,
  encode: encodeAnswer,
  streamEvents: streamAnswer,
  streamError: () =>
    event('message-end', { delta: { error: failure({ status: 500 }).message, finish_reason: 'ERROR' } }),
  brokenEvent: 'event: content-delta\ndata: {"type":"content-delta","index":0,"del\n\n',
  errorBody: (error, requestId) => JSON.stringify({ id: requestId, message: error.message }),
  failure,
  unknownPath: () => refusal(404, 'page not found'),
  unknownModel,
  wrongMethod: (method) => refusal(405, `method ${method} not allowed`),
  modelList: (models) => JSON.stringify({ models: models.map((model) => modelObject(model)) }),
  modelInfo: (model) => JSON.stringify(modelObject(model)),
  headers: (requestId) => ({
    'x-debug-trace-id': requestId,
    'x-api-version': '2',
    'x-endpoint-monthly-call-limit': '1000',
    'x-trial-endpoint-call-limit': '20',
    'x-trial-endpoint-call-remaining': '19',
    'x-envoy-upstream-service-time': '14',
    ...edgeHeaders,
  }),
}

function endpointOf(model: string): string {
  if (model.startsWith('rerank')) return 'rerank'
  return model.startsWith('embed-') ? 'embed' : 'chat'
}

function modelObject(model: string) {
  return {
    name: model,
    endpoints: [endpointOf(model)],
    finetuned: false,
    context_length: 288_000,
    tokenizer_url: null,
    default_endpoints: [],
  }
}
