import type { IncomingHttpHeaders } from 'node:http'
import { type Vendor, VendorError } from '../types.ts'
import { encodeAnswer, streamAnswer } from './encode.ts'
import { errorObject, failure, unauthenticated, unknownModel } from './errors.ts'
import { otherApi } from './other-apis.ts'
import { isMethodPath, readPath } from './path.ts'
import { readRequest } from './read-request.ts'

/** Google's Gemini API (v1, v1beta) as its reference and its SDK's types describe it, and the same methods of Vertex AI. */
export const gemini: Vendor = {
  id: 'gemini',
  chatPath: '/v1beta/models/{model}:generateContent',
  servesChat: isMethodPath,
  otherApi,
  modelsPath: /^\/(?:v1|v1beta)\/models(?:\/([^:]+))?$/,
  retryInBody: true,
  authenticate,
  read: readRequest,
  encode: encodeAnswer,
  streamEvents: streamAnswer,
  streamError: (_requestId, path) => {
    const text = JSON.stringify(errorObject(failure({ status: 503 })))
    return readPath(path).isArray ? `,\r\n${text}\n]` : `data: ${text}\r\n\r\n`
  },
  brokenEvent: 'data: {"candidates": [{"content": {"parts": [{"te\r\n\r\n',
  errorBody: (error) => `${JSON.stringify(errorObject(error), null, 2)}\n`,
  failure,
  unknownPath: () =>
    new VendorError({ status: 404, type: 'NOT_FOUND', message: 'Requested entity was not found.' }),
  unknownModel: (model) => unknownModel(model, 'v1beta', 'generateContent'),
  wrongMethod: () =>
    new VendorError({ status: 404, type: 'NOT_FOUND', message: 'Requested entity was not found.' }),
  modelList: (models) => `${JSON.stringify({ models: models.map(modelObject) }, null, 2)}\n`,
  modelInfo: (model) => `${JSON.stringify(modelObject(model), null, 2)}\n`,
  headers: () => ({
    vary: 'Origin, X-Origin, Referer',
    'x-frame-options': 'SAMEORIGIN',
    'x-xss-protection': '0',
    'x-content-type-options': 'nosniff',
    'server-timing': 'gfet4t7; dur=412',
    server: 'scaffolding on HTTPServer2',
    'alt-svc': 'h3=":443"; ma=2592000',
  }),
}

/** `x-goog-api-key`, else a bearer token (Vertex AI). A key in the query is refused here: it would end up in logs. */
function authenticate(headers: IncomingHttpHeaders, accepts: (key: string) => boolean): void {
  const key = headers['x-goog-api-key']
  const token = /^bearer\s+(.*)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
  const found = key === undefined ? token : String(key)
  if (found !== undefined && found !== '' && accepts(found)) return
  if (key === undefined && token !== undefined) throw failure({ status: 401 })
  throw unauthenticated(found)
}

function modelObject(model: string) {
  return {
    name: `models/${model}`,
    version: '001',
    displayName: model,
    description: `The simulated ${model}`,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: model.includes('embedding')
      ? ['embedContent']
      : ['generateContent', 'countTokens'],
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
  }
}
