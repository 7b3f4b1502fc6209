import { failure } from '../openai/errors.ts'
import { openai } from '../openai/index.ts'
import type { Vendor } from '../types.ts'
import { encodeResponse } from './encode.ts'
import { inputTokens } from './input-tokens.ts'
import { readRequest } from './read-request.ts'
import { printEvent, streamResponse } from './stream.ts'

/** OpenAI's Responses API, as its SDK's types describe it; keys, models and errors are those of its other APIs. */
export const openaiResponses: Vendor = {
  ...openai,
  chatPath: '/v1/responses',
  otherApi: (path) => (path === '/v1/responses/input_tokens' ? inputTokens : undefined),
  read: readRequest,
  encode: encodeResponse,
  streamEvents: streamResponse,
  streamError: () => {
    const { message, type, param } = failure({ status: 500 })
    return printEvent({ type: 'error', code: type, message, param, sequence_number: 1_000 })
  },
  brokenEvent: 'event: response.output_text.delta\ndata: {"type":"response.output_text.de\n\n',
}
