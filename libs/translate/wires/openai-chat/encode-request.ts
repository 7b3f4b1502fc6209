import type { ChatRequest, Encoded, Json, JsonObject, Sampling, TargetContext } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { setMember } from '../../set-member.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { encodeMessages } from './encode-message.ts'
import { encodeReasoning, encodeResponseFormat, encodeToolChoice, encodeTools } from './encode-tools.ts'

/** A request while it is being written. */
export type Body = Record<string, Json | undefined>

/** "Up to 4 sequences" (openai 7.57.0, ChatCompletionCreateParamsBase.stop). */
const mostStopSequences = 4

/** "A maximum length of 128 characters" (openai 7.57.0, safety_identifier, which replaces `user`). */
const longestUser = 128

/** Canonical → wire, for the target's model. Throws `invalid-request` for content that would be lost with its meaning. */
export function encodeRequest(request: ChatRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const body: Body = {
    model: target.model,
    messages: encodeMessages(request.messages, warnings, target.quirks),
  }
  encodeSampling(body, request.sampling, target, warnings)
  encodeToolMembers(body, request, target, warnings)
  encodeAccount(body, request, warnings)
  encodeExtensions(body, request, warnings)
  if (request.stream) encodeStream(body, target)
  return { body, warnings: warnings.all() }
}

function encodeSampling(body: Body, sampling: Sampling, target: TargetContext, warnings: Warnings): void {
  const set = (name: string, value: Json | undefined) => {
    if (value !== undefined) body[name] = value
  }
  set(target.quirks.maxTokensField ?? 'max_completion_tokens', sampling.maxOutputTokens)
  set('temperature', sampling.temperature)
  set('top_p', sampling.topP)
  if (sampling.topK !== undefined) warnings.unsupported('top_k')
  set('frequency_penalty', sampling.frequencyPenalty)
  set('presence_penalty', sampling.presencePenalty)
  set('seed', sampling.seed)
  set('stop', encodeStop(sampling.stop, warnings))
  set('n', sampling.candidates)
  set('logprobs', sampling.logprobs)
  set('top_logprobs', sampling.topLogprobs)
  set('logit_bias', sampling.logitBias)
}

function encodeStop(stop: readonly string[] | undefined, warnings: Warnings): readonly string[] | undefined {
  if (stop === undefined || stop.length === 0) return undefined
  for (let index = mostStopSequences; index < stop.length; index += 1) {
    warnings.unsupported(`stop_sequences[${index}]`)
  }
  return stop.slice(0, mostStopSequences)
}

function encodeToolMembers(
  body: Body,
  request: ChatRequest,
  target: TargetContext,
  warnings: Warnings,
): void {
  if (request.tools !== undefined && request.tools.length > 0) {
    const tools = encodeTools(request.tools, warnings)
    if (tools.length > 0) {
      body['tools'] = tools
      if (request.toolChoice !== undefined)
        body['tool_choice'] = encodeToolChoice(request.toolChoice, warnings)
      if (request.parallelToolCalls !== undefined) body['parallel_tool_calls'] = request.parallelToolCalls
    }
  }
  if (request.responseFormat !== undefined)
    body['response_format'] = encodeResponseFormat(request.responseFormat)
  if (request.reasoning !== undefined) {
    const effort = encodeReasoning(request.reasoning, target.model, warnings)
    if (effort !== undefined) body['reasoning_effort'] = effort
  }
}

function encodeAccount(body: Body, request: ChatRequest, warnings: Warnings): void {
  if (request.user !== undefined) {
    if (request.user.length > longestUser) warnings.changed('metadata.user_id')
    body['user'] = request.user.slice(0, longestUser)
  }
  if (request.metadata !== undefined) body['metadata'] = request.metadata
  if (request.serviceTier !== undefined) {
    // Anthropic's `standard_only` and Google's `standard` are this wire's `default`.
    const usual = request.serviceTier === 'standard_only' || request.serviceTier === 'standard'
    body['service_tier'] = usual ? 'default' : request.serviceTier
  }
  if (request.cacheKey !== undefined) body['prompt_cache_key'] = request.cacheKey
  // The vendor caches by itself; there is no mark to carry.
  if (request.cache !== undefined) warnings.unsupported('cache_control')
}

function encodeExtensions(body: Body, request: ChatRequest, warnings: Warnings): void {
  warnOfForeign(request.extensions, { own: 'openai-chat', warnings })
  const own: JsonObject = request.extensions?.['openai-chat'] ?? {}
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || (name === 'stream_options' && !request.stream)) continue
    setMember(body, name, value)
  }
}

/** The usage chunk is asked for whatever the caller wants: whether it sees usage is the answer's encoder's business. */
function encodeStream(body: Body, target: TargetContext): void {
  body['stream'] = true
  if (target.quirks.noStreamOptions === true) delete body['stream_options']
  else body['stream_options'] = { ...(body['stream_options'] as JsonObject | undefined), include_usage: true }
}
