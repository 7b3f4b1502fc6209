import type { CallerWire, ProviderWire, RerankRequest, RerankResponse } from '#contract'
import { neverStreamed } from '../../never-streamed.ts'
import { tapAnswer } from '../../rerank/response.ts'
import { peekUnary, spliceModel } from '../../unary.ts'
import { decodeError as decodeAmazonError } from '../bedrock-converse/errors.ts'
import { decodeError, encodeError } from '../cohere-v2/errors.ts'
import { decodeRequest, encodeRequest } from './request.ts'
import { decodeResponse, encodeResponse } from './response.ts'

/** Cohere's v2 rerank, also where others host it: vLLM under the same path, Amazon Bedrock through InvokeModel. */
export const cohereRerank: CallerWire<RerankRequest, RerankResponse> &
  ProviderWire<RerankRequest, RerankResponse> = {
  ...neverStreamed,
  id: 'cohere-rerank',
  operation: 'rerank',
  peek: peekUnary,
  nativeSplice: spliceModel,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  tapResponse: tapAnswer,
  // Amazon's errors say what they are in a header.
  decodeError: (answer) =>
    answer.headers['x-amzn-errortype'] === undefined ? decodeError(answer) : decodeAmazonError(answer),
  encodeError,
}
