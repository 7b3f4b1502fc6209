import type { AnyCallerWire, ChatRequest, CountTokensRequest, RequestAddress } from '#contract'
import { answerJson } from './answer-json.ts'
import { estimateTokens } from './estimate-tokens.ts'
import { addWarnings, type Exchange } from './exchange.ts'

/** Marks a count that no provider made. */
export const estimateHeader = 'x-bifrost-token-count'

/**
 * Answers a count of tokens for a provider that counts none: by OpenAI's newest public vocabulary, in the caller's shape,
 * marked `x-bifrost-token-count: estimate`. The vocabulary is loaded when it is first asked for.
 */
export async function answerEstimate(
  exchange: Exchange,
  wire: AnyCallerWire,
  work: { readonly body: Parameters<AnyCallerWire['decodeRequest']>[0]; readonly address: RequestAddress },
): Promise<void> {
  const decoded = wire.decodeRequest(work.body, work.address)
  addWarnings(exchange.facts, decoded.warnings)
  const request = decoded.request as CountTokensRequest satisfies ChatRequest
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  const inputTokens = estimateTokens(request, (text) => countTokens(text))
  if (exchange.aborted !== undefined) throw exchange.aborted
  const { body } = wire.encodeResponse(
    { inputTokens },
    {
      request,
      requestId: exchange.requestId,
      model: exchange.facts.target?.model ?? request.model,
      streamUsage: false,
      nowSeconds: 0,
    },
  )
  answerJson(exchange, body, { [estimateHeader]: 'estimate' })
}
