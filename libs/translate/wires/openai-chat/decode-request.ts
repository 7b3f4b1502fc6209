import type { ChatRequest, Decoded, Json, JsonObject, Message, Part, Sampling } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
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
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeContent, decodeFunctionCall, decodeToolCall, functionCallId } from './decode-part.ts'
import { decodeReasoning, decodeResponseFormat, decodeToolChoice, decodeTools } from './decode-tools.ts'
import { readStreamUsage } from './peek.ts'

/** Top-level members that the canonical request has a place for; all others are extensions. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'stream', 'stream_options', 'fallbacks'],
  ...['temperature', 'top_p', 'top_k', 'frequency_penalty', 'presence_penalty', 'seed', 'stop', 'n'],
  ...['max_tokens', 'max_completion_tokens', 'logprobs', 'top_logprobs', 'logit_bias'],
  ...['tools', 'tool_choice', 'parallel_tool_calls', 'response_format', 'reasoning_effort'],
  ...['user', 'metadata', 'service_tier', 'prompt_cache_key'],
])
const knownOfMessage: ReadonlySet<string> = new Set([
  ...['role', 'content', 'name', 'refusal', 'tool_calls', 'tool_call_id', 'function_call'],
  ...['reasoning_content', 'reasoning'],
])

/** Wire → canonical. Throws `invalid-request` naming the member. */
export function decodeRequest(body: JsonObject): Decoded {
  const request: Draft<ChatRequest> = {
    model: readModel(body),
    stream: readStream(body),
    streamUsage: readStreamUsage(body),
    messages: readMessages(body).map(decodeMessage),
    sampling: decodeSampling(body),
  }
  decodeToolMembers(body, request)
  const user = optionalText(body, 'user')
  if (user !== undefined) request.user = user
  const metadata = optionalObject(body, 'metadata')
  if (metadata !== undefined) request.metadata = metadata
  const serviceTier = optionalText(body, 'service_tier')
  if (serviceTier !== undefined) request.serviceTier = serviceTier
  const cacheKey = optionalText(body, 'prompt_cache_key')
  if (cacheKey !== undefined) request.cacheKey = cacheKey
  const unknown = decodeExtensions(body)
  if (unknown !== undefined) request.extensions = { 'openai-chat': unknown }
  return { request, warnings: [] }
}

function decodeToolMembers(body: JsonObject, request: Draft<ChatRequest>): void {
  const tools = decodeTools(optionalList(body, 'tools'))
  if (tools !== undefined) request.tools = tools
  const toolChoice = decodeToolChoice(body['tool_choice'])
  if (toolChoice !== undefined) request.toolChoice = toolChoice
  const parallel = optionalBoolean(body, 'parallel_tool_calls')
  if (parallel !== undefined) request.parallelToolCalls = parallel
  const responseFormat = decodeResponseFormat(optionalObject(body, 'response_format'))
  if (responseFormat !== undefined) request.responseFormat = responseFormat
  const reasoning = decodeReasoning(optionalText(body, 'reasoning_effort'))
  if (reasoning !== undefined) request.reasoning = reasoning
}

function decodeSampling(body: JsonObject): Sampling {
  const sampling: Draft<Sampling> = {}
  const set = <K extends keyof Sampling>(member: K, value: Sampling[K] | undefined) => {
    if (value !== undefined) sampling[member] = value
  }
  set('temperature', optionalNumber(body, 'temperature'))
  set('topP', optionalNumber(body, 'top_p'))
  set('topK', optionalNumber(body, 'top_k'))
  set('frequencyPenalty', optionalNumber(body, 'frequency_penalty'))
  set('presencePenalty', optionalNumber(body, 'presence_penalty'))
  set('seed', optionalNumber(body, 'seed'))
  set('stop', decodeStop(body))
  set('candidates', optionalNumber(body, 'n'))
  const limit = optionalNumber(body, 'max_tokens')
  set('maxOutputTokens', optionalNumber(body, 'max_completion_tokens') ?? limit)
  set('logprobs', optionalBoolean(body, 'logprobs'))
  set('topLogprobs', optionalNumber(body, 'top_logprobs'))
  set('logitBias', optionalObject(body, 'logit_bias'))
  return sampling
}

function decodeStop(body: JsonObject): readonly string[] | undefined {
  const stop = body['stop']
  return typeof stop === 'string' ? [stop] : optionalTexts(body, 'stop')
}

function decodeExtensions(body: JsonObject): JsonObject | undefined {
  const found = unknownMembers(body, known)
  const { include_usage: _ours, ...streamOptions } = optionalObject(body, 'stream_options') ?? {}
  if (Object.keys(streamOptions).length === 0) return found
  return { ...found, stream_options: streamOptions }
}

function decodeMessage(value: Json, index: number): Message {
  const path = `messages[${index}]`
  const object = requiredObject(value, path)
  const message: Draft<Message> = decodeTurn(object, `${path}.`)
  const name = optionalText(object, 'name', `${path}.`)
  if (name !== undefined && message.role !== 'tool') message.name = name
  const unknown = unknownMembers(object, knownOfMessage)
  if (unknown !== undefined) message.extensions = { 'openai-chat': unknown }
  return message
}

function decodeTurn(object: JsonObject, path: string): Message {
  const role = requiredText(object, 'role', path)
  switch (role) {
    case 'system':
    case 'developer':
    case 'user':
      return { role, parts: decodeContent(object['content'], `${path}content`) }
    case 'assistant':
      return { role, parts: decodeAssistant(object, path) }
    case 'tool':
      return toolTurn(requiredText(object, 'tool_call_id', path), object, path)
    case 'function':
      return toolTurn(functionCallId(requiredText(object, 'name', path)), object, path)
    default:
      throw invalidRequest(
        `${path}role`,
        `${path}role must be system, developer, user, assistant or tool.`,
        'invalid_value',
      )
  }
}

function decodeAssistant(object: JsonObject, path: string): readonly Part[] {
  const reasoning = object['reasoning_content'] ?? object['reasoning']
  const parts: Part[] = typeof reasoning === 'string' ? [{ type: 'reasoning', text: reasoning }] : []
  parts.push(...decodeContent(object['content'], `${path}content`))
  const refusal = optionalText(object, 'refusal', path)
  if (refusal !== undefined) parts.push({ type: 'refusal', text: refusal })
  const calls = optionalList(object, 'tool_calls', path) ?? []
  parts.push(...calls.map((call, index) => decodeToolCall(call, `${path}tool_calls[${index}]`)))
  const called = optionalObject(object, 'function_call', path)
  if (called !== undefined) parts.push(decodeFunctionCall(called, `${path}function_call.`))
  return parts
}

function toolTurn(callId: string, object: JsonObject, path: string): Message {
  const content = decodeContent(object['content'], `${path}content`)
  return { role: 'tool', parts: [{ type: 'tool-result', callId, content }] }
}
