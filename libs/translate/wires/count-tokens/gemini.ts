import { asNumber, asObject } from '../../narrow.ts'
import { modelIsElsewhere, spliceNothing } from '../../unary.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { geminiGenerate } from '../gemini-generate/index.ts'
import { resourceName } from '../gemini-generate/resource-name.ts'
import { type CountTokensWire, createCountTokensWire } from './create-count-tokens-wire.ts'

/**
 * Google's `:countTokens`: `contents` alone, or a whole request in `generateContentRequest`, which must name the model.
 * https://ai.google.dev/api/tokens (v1beta)
 */
export const geminiCountTokens: CountTokensWire = {
  ...createCountTokensWire({
    id: 'gemini-count-tokens',
    chat: geminiGenerate,
    nativeSplice: spliceNothing,
    unwrap: (body) => asObject(body['generateContentRequest'] ?? body['generate_content_request']) ?? body,
    wrap: (request, model) => ({ generateContentRequest: { model: resourceName(model), ...request } }),
    decodeResponse(body) {
      const inputTokens = asNumber(body['totalTokens'])
      if (inputTokens === undefined) throw malformedAnswer('it has no totalTokens')
      const cachedTokens = asNumber(body['cachedContentTokenCount'])
      return cachedTokens === undefined ? { inputTokens } : { inputTokens, cachedTokens }
    },
    encodeResponse: ({ inputTokens, cachedTokens }) => ({
      totalTokens: inputTokens,
      ...(cachedTokens !== undefined && { cachedContentTokenCount: cachedTokens }),
    }),
  }),
  mustDecode: modelIsElsewhere,
}
