import type { ChatWire } from '#contract'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, encodeError, encodeStreamError } from './errors.ts'
import { nativeSplice, peek } from './peek.ts'
import { decodeResponse, encodeResponse, tapResponse } from './response.ts'
import { createStreamDecoder } from './stream-decode.ts'
import { createStreamEncoder } from './stream-encode.ts'
import { createStreamTap } from './tap.ts'

/** OpenAI's Responses. https://developers.openai.com/api/reference/resources/responses */
export const openaiResponses: ChatWire = {
  id: 'openai-responses',
  operation: 'chat',
  streamFormat: 'sse',
  proofs: { reasoning: true },
  peek,
  nativeSplice,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  createStreamDecoder,
  createStreamEncoder,
  createStreamTap,
  tapResponse,
  decodeError,
  encodeError,
  encodeStreamError,
}
