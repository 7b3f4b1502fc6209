import type { ChatRequest, Encoded, Json, JsonObject, Message, Sampling, TargetContext } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asList, asObject, asText } from '../../narrow.ts'
import { setMember } from '../../set-member.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { takesReasoningEffort } from '../openai-chat/model-traits.ts'
import { encodeInput } from './encode-input.ts'
import { encodeFormat, encodeReasoning, encodeToolChoice, encodeTools } from './encode-tools.ts'
import { encodeInclude, encodeOwnMembers, includeReasoning } from './request-members.ts'
import type { Body } from './types.ts'

/** "A maximum length of 128 characters" (openai 7.57.0, safety_identifier). */
const longestUser = 128

/** "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16": the vendor's own 400. */
const leastOutputTokens = 16

/** What OpenAI's chat wire knows by the same name and meaning. */
const sharedWithChat = ['store', 'prompt_cache_retention', 'prompt_cache_options', 'moderation'] as const
const carriedFromChat: readonly string[] = [
  ...sharedWithChat,
  ...['safety_identifier', 'verbosity', 'stream_options'],
]

/** Canonical → wire, for the target's model. */
export function encodeRequest(request: ChatRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const body: Body = { model: target.model }
  encodeConversation(body, request.messages, warnings)
  encodeSampling(body, request.sampling, warnings)
  encodeToolMembers(body, request, target, warnings)
  encodeAccount(body, request, warnings)
  encodeExtensions(body, request, warnings)
  if (!isOurs(request)) encodeForeignDefaults(body, request, target)
  if (request.stream) body['stream'] = true
  return { body, warnings: warnings.all() }
}

/** Whether the request came on this wire, whose decoder leaves its mark even where there is nothing to keep. */
function isOurs(request: ChatRequest): boolean {
  return request.extensions?.['openai-responses'] !== undefined
}

/** The first turn goes back into `instructions` where it came from; another wire's system turns keep their places. */
function encodeConversation(body: Body, messages: readonly Message[], warnings: Warnings): void {
  const instructions = instructionsOf(messages)
  if (instructions === undefined) {
    body['input'] = encodeInput(messages, warnings)
    return
  }
  body['instructions'] = instructions
  body['input'] = encodeInput(messages.slice(1), warnings)
}

/** The text of `instructions`, if the conversation has them. */
export function instructionsOf(messages: readonly Message[]): string | undefined {
  const [first] = messages
  const [only] = first?.parts ?? []
  return first?.path === 'instructions' && only?.type === 'text' ? only.text : undefined
}

function encodeSampling(body: Body, sampling: Sampling, warnings: Warnings): void {
  const { maxOutputTokens } = sampling
  if (maxOutputTokens !== undefined) {
    if (maxOutputTokens < leastOutputTokens) warnings.changed('max_tokens')
    body['max_output_tokens'] = Math.max(maxOutputTokens, leastOutputTokens)
  }
  if (sampling.temperature !== undefined) body['temperature'] = sampling.temperature
  if (sampling.topP !== undefined) body['top_p'] = sampling.topP
  if (sampling.topLogprobs !== undefined) body['top_logprobs'] = sampling.topLogprobs
  warnOfSampling(sampling, warnings)
}

function warnOfSampling(sampling: Sampling, warnings: Warnings): void {
  if (sampling.topK !== undefined) warnings.unsupported('top_k')
  if (sampling.frequencyPenalty) warnings.unsupported('frequency_penalty')
  if (sampling.presencePenalty) warnings.unsupported('presence_penalty')
  if (sampling.seed !== undefined) warnings.unsupported('seed')
  if (sampling.stop !== undefined && sampling.stop.length > 0) warnings.unsupported('stop')
  if ((sampling.candidates ?? 1) > 1) warnings.unsupported('n')
  if (sampling.logitBias !== undefined) warnings.unsupported('logit_bias')
}

function encodeToolMembers(
  body: Body,
  request: ChatRequest,
  target: TargetContext,
  warnings: Warnings,
): void {
  const isOwn = isOurs(request)
  const tools = encodeTools(request.tools ?? [], isOwn ? null : false, warnings)
  if (tools.length > 0) {
    body['tools'] = tools
    if (request.toolChoice !== undefined) body['tool_choice'] = encodeToolChoice(request.toolChoice, warnings)
    if (request.parallelToolCalls !== undefined) body['parallel_tool_calls'] = request.parallelToolCalls
  }
  if (request.responseFormat !== undefined) body['text'] = { format: encodeFormat(request.responseFormat) }
  if (request.reasoning !== undefined) {
    const reasoning = encodeReasoning(request.reasoning, { model: target.model, isOwn, warnings })
    if (reasoning !== undefined) body['reasoning'] = reasoning
  }
}

function encodeAccount(body: Body, request: ChatRequest, warnings: Warnings): void {
  const user = request.user ?? asText(request.extensions?.['openai-chat']?.['safety_identifier'])
  if (user !== undefined) {
    if (user.length > longestUser) warnings.changed('metadata.user_id')
    body['safety_identifier'] = user.slice(0, longestUser)
  }
  if (request.metadata !== undefined) body['metadata'] = encodeMetadata(request.metadata, warnings)
  if (request.serviceTier !== undefined) {
    // Anthropic's `standard_only` and Google's `standard` are this wire's `default`.
    const usual = request.serviceTier === 'standard_only' || request.serviceTier === 'standard'
    body['service_tier'] = usual ? 'default' : request.serviceTier
  }
  if (request.cacheKey !== undefined) body['prompt_cache_key'] = request.cacheKey
  // The vendor caches by itself; there is no mark to carry.
  if (request.cache !== undefined) warnings.unsupported('cache_control')
}

/** Values are texts (openai 7.57.0, Metadata). */
function encodeMetadata(metadata: JsonObject, warnings: Warnings): JsonObject {
  const texts = Object.entries(metadata).filter(([name, value]) => {
    if (typeof value !== 'string') warnings.unsupported(`metadata.${name}`)
    return typeof value === 'string'
  })
  return Object.fromEntries(texts)
}

function encodeExtensions(body: Body, request: ChatRequest, warnings: Warnings): void {
  warnOfForeign(request.extensions, { own: 'openai-responses', warnings, carried: carriedFromChat })
  encodeFromChat(body, request)
  const own = encodeOwnMembers(request.extensions) ?? {}
  for (const [name, value] of Object.entries(own)) {
    const isStreamOptions = name === 'stream_options' && !request.stream
    if (value !== undefined && !isStreamOptions) setMember(body, name, merge(body[name], value, name))
  }
  const include = encodeInclude(own, request.sampling.logprobs)
  if (include.length > 0) body['include'] = include
}

/** `text` and `reasoning` have members of both kinds. */
function merge(neutral: Json | undefined, own: Json, name: string): Json {
  if (name !== 'text' && name !== 'reasoning') return own
  return { ...asObject(own), ...asObject(neutral) }
}

function encodeFromChat(body: Body, { extensions, stream }: ChatRequest): void {
  const members = extensions?.['openai-chat']
  if (members === undefined) return
  for (const name of sharedWithChat) if (members[name] !== undefined) body[name] = members[name]
  const padding = asObject(members['stream_options'])?.['include_obfuscation']
  if (stream && padding !== undefined) body['stream_options'] = { include_obfuscation: padding }
  const verbosity = members['verbosity']
  if (verbosity !== undefined) body['text'] = { ...asObject(body['text']), verbosity }
}

/**
 * On other wires an answer is stored nowhere unless that is asked for, so it is not here either, and then the vendor
 * wants its reasoning back as `encrypted_content`. Only models that reason take that entry: the others answer 400 to it.
 */
function encodeForeignDefaults(body: Body, request: ChatRequest, target: TargetContext): void {
  body['store'] ??= false
  if (!takesReasoningEffort(target.model)) return
  const include = asList(body['include']) ?? []
  if (request.reasoning?.effort !== 'none') body['include'] = [...include, includeReasoning]
}
