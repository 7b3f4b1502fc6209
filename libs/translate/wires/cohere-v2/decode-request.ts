import type { ChatRequest, Decoded, JsonObject, Sampling } from '#contract'
import type { Draft } from '../../draft.ts'
import { readStream } from '../../peek-members.ts'
import {
  optionalBoolean,
  optionalList,
  optionalNumber,
  optionalObject,
  optionalText,
  optionalTexts,
  readMessages,
  readModel,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeConversation } from './decode-message.ts'
import { decodeResponseFormat, decodeThinking, decodeToolChoice, decodeTools } from './decode-tools.ts'

/** Top-level members that the canonical request has a place for; all others are extensions. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'documents', 'stream', 'fallbacks'],
  ...['temperature', 'p', 'k', 'seed', 'frequency_penalty', 'presence_penalty', 'stop_sequences'],
  ...['max_tokens', 'logprobs', 'tools', 'strict_tools', 'tool_choice', 'response_format', 'thinking'],
])

/** Wire → canonical. Throws `invalid-request` naming the member. */
export function decodeRequest(body: JsonObject): Decoded {
  const request: Draft<ChatRequest> = {
    model: readModel(body),
    stream: readStream(body),
    streamUsage: true,
    messages: decodeConversation(readMessages(body), optionalList(body, 'documents')),
    sampling: decodeSampling(body),
  }
  const strict = optionalBoolean(body, 'strict_tools')
  const tools = decodeTools(optionalList(body, 'tools'), strict)
  if (tools !== undefined) request.tools = tools
  const toolChoice = decodeToolChoice(optionalText(body, 'tool_choice'))
  if (toolChoice !== undefined) request.toolChoice = toolChoice
  const responseFormat = decodeResponseFormat(optionalObject(body, 'response_format'))
  if (responseFormat !== undefined) request.responseFormat = responseFormat
  const reasoning = decodeThinking(optionalObject(body, 'thinking'))
  if (reasoning !== undefined) request.reasoning = reasoning
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) request.extensions = { 'cohere-v2': unknown }
  return { request, warnings: [] }
}

function decodeSampling(body: JsonObject): Sampling {
  const sampling: Draft<Sampling> = {}
  const set = <K extends keyof Sampling>(member: K, value: Sampling[K] | undefined) => {
    if (value !== undefined) sampling[member] = value
  }
  set('temperature', optionalNumber(body, 'temperature'))
  set('topP', optionalNumber(body, 'p'))
  set('topK', optionalNumber(body, 'k'))
  set('frequencyPenalty', optionalNumber(body, 'frequency_penalty'))
  set('presencePenalty', optionalNumber(body, 'presence_penalty'))
  set('seed', optionalNumber(body, 'seed'))
  set('stop', optionalTexts(body, 'stop_sequences'))
  set('maxOutputTokens', optionalNumber(body, 'max_tokens'))
  set('logprobs', optionalBoolean(body, 'logprobs'))
  return sampling
}
