import type { ChatWire } from '#contract'
import { exactReader } from '../../exact-json.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, encodeError, encodeStreamError } from './errors.ts'
import { nativeSplice, peek } from './peek.ts'
import { decodeResponse, encodeResponse, tapResponse } from './response.ts'
import { createStreamDecoder } from './stream-decode.ts'
import { createStreamEncoder } from './stream-encode.ts'
import { createStreamTap } from './tap.ts'

/** Google's generateContent and streamGenerateContent, of the Gemini API and of Vertex AI. */
export const geminiGenerate: ChatWire = {
  id: 'gemini-generate',
  operation: 'chat',
  streamFormat: 'sse',
  proofs: { reasoning: true, calls: true },
  parse: exactReader({ marks: ['functionCall', 'function_call'], members: ['args'] }),
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
