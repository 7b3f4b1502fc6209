import { asNumber } from '../../narrow.ts'
import { spliceModel } from '../../unary.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { openaiResponses } from '../openai-responses/index.ts'
import { createCountTokensWire, keepMembers } from './create-count-tokens-wire.ts'

/** Source: npm package openai 7.57.0, resources/responses/input-tokens.d.ts, InputTokenCountParams. */
const countable: ReadonlySet<string> = new Set([
  ...['model', 'input', 'instructions', 'tools', 'tool_choice', 'parallel_tool_calls', 'reasoning', 'text'],
  ...['truncation', 'conversation', 'previous_response_id', 'personality'],
])

/** OpenAI's `/v1/responses/input_tokens`. */
export const openaiInputTokens = createCountTokensWire({
  id: 'openai-input-tokens',
  chat: openaiResponses,
  nativeSplice: spliceModel,
  wrap: (request) => keepMembers(request, countable),
  decodeResponse(body) {
    const inputTokens = asNumber(body['input_tokens'])
    if (inputTokens === undefined) throw malformedAnswer('it has no input_tokens')
    return { inputTokens }
  },
  encodeResponse: ({ inputTokens }) => ({ object: 'response.input_tokens', input_tokens: inputTokens }),
})
