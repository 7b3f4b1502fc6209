import type { ChatRequest, Decoded, Json, JsonObject, Message, Sampling } from '#contract'
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
import { setMember } from '../../set-member.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeInput } from './decode-input.ts'
import { decodeFormat, decodeReasoning, decodeToolChoice, decodeTools } from './decode-tools.ts'

/** Top-level members that the canonical request has a place for; all others are extensions. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'input', 'instructions', 'stream', 'fallbacks'],
  ...['temperature', 'top_p', 'max_output_tokens', 'top_logprobs', 'include'],
  ...['tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning'],
  ...['user', 'safety_identifier', 'metadata', 'service_tier', 'prompt_cache_key'],
])

/** The entry of `include` that asks for logprobs. */
export const includeLogprobs = 'message.output_text.logprobs'

/** Wire → canonical. Throws `invalid-request` naming the member. */
export function decodeRequest(body: JsonObject): Decoded {
  const request: Draft<ChatRequest> = {
    model: readModel(body),
    stream: readStream(body),
    streamUsage: true,
    messages: decodeMessages(body),
    sampling: decodeSampling(body),
    // Always there: tells the encoder whose defaults the request has.
    extensions: { 'openai-responses': decodeExtensions(body) },
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

/** Unknown members, and what of the known ones has no neutral form. */
function decodeExtensions(body: JsonObject): JsonObject {
  const found: Record<string, Json> = {}
  for (const [name, value] of Object.entries(unknownMembers(body, known) ?? {})) {
    if (value !== undefined) setMember(found, name, value)
  }
  const { format: _format, ...text } = optionalObject(body, 'text') ?? {}
  if (Object.keys(text).length > 0) found['text'] = text
  const { effort: _effort, summary: _summary, ...reasoning } = optionalObject(body, 'reasoning') ?? {}
  if (Object.keys(reasoning).length > 0) found['reasoning'] = reasoning
  const include = optionalTexts(body, 'include')?.filter((entry) => entry !== includeLogprobs) ?? []
  if (include.length > 0) found['include'] = include
  const { user, safety_identifier: person } = body
  if (typeof user === 'string' && typeof person === 'string' && user !== person) found['user'] = user
  return found
}
