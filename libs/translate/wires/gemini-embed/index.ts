import type { CallerWire, EmbeddingRequest, EmbeddingResponse, ProviderWire } from '#contract'
import { neverStreamed } from '../../never-streamed.ts'
import { modelIsElsewhere, peekUnary, spliceNothing } from '../../unary.ts'
import { decodeError, encodeError } from '../gemini-generate/errors.ts'
import { decodeBatch, decodeSingle, encodeRequest } from './request.ts'
import { decodeResponse, encodeBatch, encodeSingle, tapResponse } from './response.ts'

const shared = {
  ...neverStreamed,
  operation: 'embeddings',
  mustDecode: modelIsElsewhere,
  peek: peekUnary,
  nativeSplice: spliceNothing,
  decodeResponse,
  tapResponse,
  decodeError,
  encodeError,
} as const

/** Google's `:batchEmbedContents`: what providers are asked with, and what Google's client sends. */
export const geminiEmbed: CallerWire<EmbeddingRequest, EmbeddingResponse> &
  ProviderWire<EmbeddingRequest, EmbeddingResponse> = {
  ...shared,
  id: 'gemini-embed',
  decodeRequest: decodeBatch,
  encodeRequest,
  encodeResponse: encodeBatch,
}

/** Google's `:embedContent`, one input a request. */
export const geminiEmbedContent: CallerWire<EmbeddingRequest, EmbeddingResponse> = {
  ...shared,
  id: 'gemini-embed-content',
  decodeRequest: decodeSingle,
  encodeResponse: encodeSingle,
}
