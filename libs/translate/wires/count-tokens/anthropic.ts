import { asNumber } from '../../narrow.ts'
import { spliceModel } from '../../unary.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { anthropicMessages } from '../anthropic-messages/index.ts'
import { createCountTokensWire, keepMembers } from './create-count-tokens-wire.ts'

/** Source: npm package @anthropic-ai/sdk 1.12.0, resources/messages/messages.d.ts, MessageCountTokensParams. */
const countable: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'output_config', 'cache_control'],
])

/** Anthropic's `/v1/messages/count_tokens`. */
export const anthropicCountTokens = createCountTokensWire({
  id: 'anthropic-count-tokens',
  chat: anthropicMessages,
  nativeSplice: spliceModel,
  // A message must say how long its answer may be; a count has none. Thinking must fit in.
  unwrap: (body) => ({ max_tokens: 128_000, ...body }),
  wrap: (request) => keepMembers(request, countable),
  decodeResponse(body) {
    const inputTokens = asNumber(body['input_tokens'])
    if (inputTokens === undefined) throw malformedAnswer('it has no input_tokens')
    return { inputTokens }
  },
  encodeResponse: ({ inputTokens }) => ({ input_tokens: inputTokens }),
})
