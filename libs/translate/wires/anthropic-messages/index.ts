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

/** Anthropic's Messages, and every server that speaks it. */
export const anthropicMessages: ChatWire = {
  id: 'anthropic-messages',
  operation: 'chat',
  streamFormat: 'sse',
  proofs: { reasoning: true },
  parse: exactReader({ marks: ['tool_use'], members: ['input'] }),
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
