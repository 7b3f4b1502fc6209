import type { CallerWire, ProviderWire, RerankRequest, RerankResponse } from '#contract'
import { neverStreamed } from '../../never-streamed.ts'
import { tapAnswer } from '../../rerank/response.ts'
import { peekUnary, spliceModel } from '../../unary.ts'
import { decodeError, encodeError } from '../openai-chat/errors.ts'
import { decodeRequest, encodeRequest, mustDecode } from './request.ts'
import { decodeResponse, encodeResponse } from './response.ts'

/**
 * `/v1/rerank` as Jina AI wrote it and servers that are otherwise compatible with OpenAI took it over: vLLM, Together AI,
 * OpenRouter. Its errors are OpenAI's.
 */
export const jinaRerank: CallerWire<RerankRequest, RerankResponse> &
  ProviderWire<RerankRequest, RerankResponse> = {
  ...neverStreamed,
  id: 'jina-rerank',
  operation: 'rerank',
  peek: peekUnary,
  mustDecode,
  nativeSplice: spliceModel,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  tapResponse: tapAnswer,
  decodeError,
  encodeError,
}
