import type { CallerWire } from '#contract'
import { decodeError, encodeError, encodeStreamError } from '../openai-chat/errors.ts'
import { decodeRequest } from './decode-request.ts'
import { nativeSplice, peek } from './peek.ts'
import { encodeResponse, tapResponse } from './response.ts'
import { createStreamEncoder } from './stream-encode.ts'
import { createStreamTap } from './tap.ts'

/**
 * OpenAI's Completions, the API before chat: a prompt that the model goes on with. Spoken to us alone; who speaks it as
 * a provider gets the caller's bytes. Its errors are those of the vendor's chat.
 */
export const openaiCompletions: CallerWire = {
  id: 'openai-completions',
  operation: 'chat',
  streamFormat: 'sse',
  peek,
  nativeSplice,
  decodeRequest,
  encodeResponse,
  createStreamEncoder,
  createStreamTap,
  tapResponse,
  decodeError,
  encodeError,
  encodeStreamError,
}
