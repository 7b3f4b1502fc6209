import type { ChatRequest, Decoded, JsonObject, Message, Sampling } from '#contract'
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
  readModel,
} from '../../request-members.ts'
import { decodeInput } from './decode-input.ts'
import { decodeFormat, decodeReasoning, decodeToolChoice, decodeTools } from './decode-tools.ts'
import { decodeOwnMembers, includeLogprobs } from './request-members.ts'

/** Wire → canonical. Throws `invalid-request` naming the member. */
export function decodeRequest(body: JsonObject): Decoded {
  const request: Draft<ChatRequest> = {
    model: readModel(body),
    stream: readStream(body),
    streamUsage: true,
    messages: decodeMessages(body),
    sampling: decodeSampling(body),
    // Always there: tells the encoder whose defaults the request has.
    extensions: { 'openai-responses': decodeOwnMembers(body) },
  }
  decodeToolMembers(body, request)
  decodeAccount(body, request)
  return { request, warnings: [] }
}

/** `instructions` are the first turn. A conversation that is at the vendor alone cannot cross. */
function decodeMessages(body: JsonObject): readonly Message[] {
  const turns = decodeInput(body['input'])
  const instructions = optionalText(body, 'instructions')
  if (turns.length === 0) {
    throw invalidRequest('input', 'input is missing or empty; it must be a string or an array of items.')
  }
  if (instructions === undefined) return turns
  const parts = [{ type: 'text', text: instructions }] as const
  return [{ role: 'system', parts, path: 'instructions', partPaths: ['instructions'] }, ...turns]
}

function decodeSampling(body: JsonObject): Sampling {
  const sampling: Draft<Sampling> = {}
  const set = <K extends keyof Sampling>(member: K, value: Sampling[K] | undefined) => {
    if (value !== undefined) sampling[member] = value
  }
  set('temperature', optionalNumber(body, 'temperature'))
  set('topP', optionalNumber(body, 'top_p'))
  set('maxOutputTokens', optionalNumber(body, 'max_output_tokens'))
  set('topLogprobs', optionalNumber(body, 'top_logprobs'))
  if (optionalTexts(body, 'include')?.includes(includeLogprobs)) sampling.logprobs = true
  return sampling
}

function decodeToolMembers(body: JsonObject, request: Draft<ChatRequest>): void {
  const tools = decodeTools(optionalList(body, 'tools'))
  if (tools !== undefined) request.tools = tools
  const toolChoice = decodeToolChoice(body['tool_choice'])
  if (toolChoice !== undefined) request.toolChoice = toolChoice
  const parallel = optionalBoolean(body, 'parallel_tool_calls')
  if (parallel !== undefined) request.parallelToolCalls = parallel
  const text = optionalObject(body, 'text')
  const format = decodeFormat(text && optionalObject(text, 'format', 'text.'))
  if (format !== undefined) request.responseFormat = format
  const reasoning = decodeReasoning(optionalObject(body, 'reasoning'))
  if (reasoning !== undefined) request.reasoning = reasoning
}

/** `safety_identifier` replaces `user` here (openai 7.57.0): both name the same person. */
function decodeAccount(body: JsonObject, request: Draft<ChatRequest>): void {
  const former = optionalText(body, 'user')
  const user = optionalText(body, 'safety_identifier') ?? former
  if (user !== undefined) request.user = user
  const metadata = optionalObject(body, 'metadata')
  if (metadata !== undefined) request.metadata = metadata
  const serviceTier = optionalText(body, 'service_tier')
  if (serviceTier !== undefined) request.serviceTier = serviceTier
  const cacheKey = optionalText(body, 'prompt_cache_key')
  if (cacheKey !== undefined) request.cacheKey = cacheKey
}
