import { parse, refuseUnknownMembers } from '../openai/read-request.ts'
import type { PlainApi } from '../types.ts'
import { readRequest } from './read-request.ts'

/** Every member of `InputTokenCountParams` (openai 7.57.0); another one is refused. */
const members = new Set(
  'conversation input instructions model parallel_tool_calls personality previous_response_id reasoning text tool_choice tools truncation'.split(
    ' ',
  ),
)

/** What a request to the Responses API would count, whose members are checked as there. */
export const inputTokens: PlainApi = {
  answer({ path, body, headers, knows, acceptUnknown }) {
    if (!acceptUnknown) refuseUnknownMembers(parse(body), members)
    const question = readRequest({ path, body, headers, knows, acceptUnknown, address: undefined })
    const counted = { object: 'response.input_tokens', input_tokens: question.inputTokens }
    return {
      model: question.model,
      text: question.text,
      stream: false,
      contentType: 'application/json',
      parts: `${JSON.stringify(counted, null, 2)}\n`,
    }
  },
}
