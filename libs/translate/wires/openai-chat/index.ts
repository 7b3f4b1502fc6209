import type { ChatWire } from '#contract'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { decodeError, encodeError, encodeStreamError } from './errors.ts'
import { misfits } from './misfits.ts'
import { nativeSplice, peek } from './peek.ts'
import { decodeResponse, encodeResponse, tapResponse } from './response.ts'
import { createStreamDecoder } from './stream-decode.ts'
import { createStreamEncoder } from './stream-encode.ts'
import { createStreamTap } from './tap.ts'

/** OpenAI's Chat Completions, and every server that speaks it. */
export const openaiChat: ChatWire = {
  id: 'openai-chat',
  operation: 'chat',
  streamFormat: 'sse',
  peek,
  nativeSplice,
  misfits,
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
