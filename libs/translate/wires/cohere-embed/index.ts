import type { CallerWire, EmbeddingRequest, EmbeddingResponse, ProviderWire } from '#contract'
import { neverStreamed } from '../../never-streamed.ts'
import { peekUnary, spliceModel } from '../../unary.ts'
import { decodeError, encodeError } from '../cohere-v2/errors.ts'
import { decodeRequest, encodeRequest } from './request.ts'
import { decodeResponse, encodeResponse, tapResponse } from './response.ts'

/** Cohere's v2 embed. */
export const cohereEmbed: CallerWire<EmbeddingRequest, EmbeddingResponse> &
  ProviderWire<EmbeddingRequest, EmbeddingResponse> = {
  ...neverStreamed,
  id: 'cohere-embed',
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
