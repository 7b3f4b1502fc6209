import type { PlainApi } from '../types.ts'
import { extra } from './errors.ts'
import { parse, readRequest } from './read-request.ts'

/** Every member of `MessageCountTokensParams` (@anthropic-ai/sdk); another one is refused unless a beta is asked for. */
const members = new Set(
  'messages model cache_control output_config speed system thinking tool_choice tools'.split(' '),
)

/** What a message request would count, whose members are checked as there. */
export const countTokensApi: PlainApi = {
  answer({ path, body, headers, knows, acceptUnknown }) {
    const request = parse(body)
    const strange = Object.keys(request).find((name) => !members.has(name))
    const isLenient = acceptUnknown || headers['anthropic-beta'] !== undefined
    if (strange !== undefined && !isLenient) throw extra(strange)
    const whole = Buffer.from(JSON.stringify({ ...request, max_tokens: 1 }))
    const question = readRequest({ path, body: whole, headers, knows, acceptUnknown, address: undefined })
    return {
      model: question.model,
      text: question.text,
      stream: false,
      contentType: 'application/json',
      parts: JSON.stringify({ input_tokens: question.inputTokens }),
    }
  },
}
