import type { IncomingHttpHeaders } from 'node:http'
import { edgeHeaders } from '../edge-headers.ts'
import { type Vendor, VendorError } from '../types.ts'
import { countTokensApi } from './count-tokens.ts'
import { encodeMessage, event, streamMessage } from './encode.ts'
import { failure, notFound, unauthenticated } from './errors.ts'
import { readRequest } from './read-request.ts'

/** Anthropic as its API reference and its SDK's types describe it, versions 2023-06-01 and 2026-10-21. */
export const anthropic: Vendor = {
  id: 'anthropic',
  chatPath: '/v1/messages',
  otherApi: (path) => (path === '/v1/messages/count_tokens' ? countTokensApi : undefined),
  authenticate,
  read: readRequest,
  encode: encodeMessage,
  streamEvents: streamMessage,
  streamError: (requestId) =>
    event('error', { error: errorObject(failure({ status: 529 })), request_id: requestId }),
  brokenEvent: 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"del\n\n',
  errorBody: (error, requestId) =>
    JSON.stringify({ type: 'error', error: errorObject(error), request_id: requestId }),
  failure,
  unknownPath: () => notFound('Not Found'),
  unknownModel: (model) => notFound(`model: ${model}`),
  wrongMethod: () =>
    new VendorError({ status: 405, type: 'invalid_request_error', message: 'Method Not Allowed' }),
  modelList: (models) =>
    JSON.stringify({
      data: models.map((model) => modelObject(model)),
      has_more: false,
      first_id: models[0] ?? null,
      last_id: models.at(-1) ?? null,
    }),
  modelInfo: (model) => JSON.stringify(modelObject(model)),
  headers: (requestId, nowMs) => {
    const reset = new Date(Math.ceil(nowMs / 60_000) * 60_000).toISOString().replace('.000Z', 'Z')
    return {
      'request-id': requestId,
      'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
      'anthropic-ratelimit-requests-limit': '4000',
      'anthropic-ratelimit-requests-remaining': '3999',
      'anthropic-ratelimit-requests-reset': reset,
      'anthropic-ratelimit-input-tokens-limit': '400000',
      'anthropic-ratelimit-input-tokens-remaining': '400000',
      'anthropic-ratelimit-input-tokens-reset': reset,
      'anthropic-ratelimit-output-tokens-limit': '80000',
      'anthropic-ratelimit-output-tokens-remaining': '80000',
      'anthropic-ratelimit-output-tokens-reset': reset,
      'anthropic-ratelimit-tokens-limit': '480000',
      'anthropic-ratelimit-tokens-remaining': '480000',
      'anthropic-ratelimit-tokens-reset': reset,
      via: '1.1 google',
      'x-robots-tag': 'none',
      ...edgeHeaders,
    }
  },
}

/** `x-api-key` decides where both are sent; SDKs from version 2026-10-21 on send the key as a bearer token. */
function authenticate(headers: IncomingHttpHeaders, accepts: (key: string) => boolean): void {
  const key = headers['x-api-key']
  if (key !== undefined) {
    if (!accepts(String(key))) throw unauthenticated('invalid x-api-key')
    return
  }
  const token = /^bearer\s+(.*)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
  if (token === undefined) throw unauthenticated('x-api-key header is required')
  if (!accepts(token)) throw unauthenticated('Invalid bearer token')
}

function errorObject(error: VendorError) {
  return { type: error.type, message: error.message }
}

function modelObject(model: string) {
  return {
    type: 'model',
    id: model,
    display_name: model,
    created_at: '2024-03-07T00:00:00Z',
    capabilities: null,
    lifecycle: 'active',
    deprecated_at: null,
    retires_at: null,
    line: ['haiku', 'sonnet', 'opus'].find((line) => model.includes(line)) ?? null,
    max_input_tokens: 200_000,
    max_tokens: model.startsWith('claude-3-') ? 4096 : 64_000,
  }
}
