import type { CallerWire, EmbeddingRequest, EmbeddingResponse, ProviderWire } from '#contract'
import { neverStreamed } from '../../never-streamed.ts'
import { peekUnary, spliceModel } from '../../unary.ts'
import { decodeError, encodeError } from '../openai-chat/errors.ts'
import { decodeRequest, encodeRequest } from './request.ts'
import { decodeResponse, encodeResponse, tapResponse } from './response.ts'

/** OpenAI's embeddings, and every server that speaks it. */
export const openaiEmbeddings: CallerWire<EmbeddingRequest, EmbeddingResponse> &
  ProviderWire<EmbeddingRequest, EmbeddingResponse> = {
  ...neverStreamed,
  id: 'openai-embeddings',
  operation: 'embeddings',
  peek: peekUnary,
  nativeSplice: spliceModel,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  tapResponse,
  decodeError,
  encodeError,
}
