import type { ChatRequest, Encoded, Json, JsonObject, TargetContext } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { setMember } from '../../set-member.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { encodeCacheMark } from './cache-mark.ts'
import { encodeConversation } from './encode-message.ts'
import { encodeResponseFormat, encodeToolChoice, encodeTools } from './encode-tools.ts'
import { type ModelTraits, traitsOf } from './model-traits.ts'
import { encodeThinking, type Thinking } from './thinking.ts'

/** A request while it is being written. */
type Body = Record<string, Json>

/** `max_tokens` is required here; used when the caller named none. */
export const defaultMaxTokens = 4_096
/** The same for models that think without being asked, whose thinking counts towards it. */
export const defaultMaxTokensWhenThinking = 16_384

/** Canonical → wire, for the target's model. */
export function encodeRequest(request: ChatRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const traits = traitsOf(target.model)
  const { system, messages } = encodeConversation(request.messages, traits, warnings)
  const thinking = encodeThinking(request, traits, warnings)
  const body: Body = { model: target.model, max_tokens: maxTokens(request, traits, thinking) }
  if (system !== undefined) body['system'] = system
  body['messages'] = messages
  encodeSampling(body, { request, traits, thinking, warnings })
  encodeToolMembers(body, request, warnings)
  if (thinking.thinking !== undefined) body['thinking'] = thinking.thinking
  encodeOutput(body, request, thinking, warnings)
  encodeAccount(body, request, warnings)
  encodeExtensions(body, request, warnings)
  if (request.stream) body['stream'] = true
  return { body, warnings: warnings.all() }
}

function maxTokens(request: ChatRequest, traits: ModelTraits, thinking: Thinking): number {
  const wanted = request.sampling.maxOutputTokens
  if (wanted !== undefined) return wanted
  return (
    (thinking.budgetTokens ?? 0) + (traits.thinksUnasked ? defaultMaxTokensWhenThinking : defaultMaxTokens)
  )
}

type SamplingOptions = {
  readonly request: ChatRequest
  readonly traits: ModelTraits
  readonly thinking: Thinking
  readonly warnings: Warnings
}

function encodeSampling(body: Body, options: SamplingOptions): void {
  const { request, warnings } = options
  const { sampling } = request
  encodeRandomness(body, options)
  const stop = encodeStop(sampling.stop, warnings)
  if (stop !== undefined) body['stop_sequences'] = stop
  if (sampling.frequencyPenalty) warnings.unsupported('frequency_penalty')
  if (sampling.presencePenalty) warnings.unsupported('presence_penalty')
  if (sampling.seed !== undefined) warnings.unsupported('seed')
  if ((sampling.candidates ?? 1) > 1) warnings.unsupported('n')
  if (sampling.logprobs === true) warnings.unsupported('logprobs')
  if (sampling.topLogprobs !== undefined) warnings.unsupported('top_logprobs')
  if (sampling.logitBias !== undefined) warnings.unsupported('logit_bias')
}

/** Temperature, top_p and top_k, as far as the model (and thinking, which fixes them) lets them be chosen. */
function encodeRandomness(body: Body, { request, traits, thinking, warnings }: SamplingOptions): void {
  const { temperature, topP, topK } = request.sampling
  const fixed = traits.sampling === 'none' || thinking.budgetTokens !== undefined
  if (temperature !== undefined) {
    if (fixed) warnings.unsupported('temperature')
    else body['temperature'] = clampTemperature(temperature, warnings)
  }
  if (topP !== undefined) {
    const excluded = traits.sampling === 'temperature-or-top-p' && temperature !== undefined
    if (fixed || excluded) warnings.unsupported('top_p')
    else body['top_p'] = topP
  }
  if (topK !== undefined) {
    if (fixed) warnings.unsupported('top_k')
    else body['top_k'] = topK
  }
}

/** 0 to 1 here, 0 to 2 elsewhere. */
export function clampTemperature(temperature: number, warnings: Warnings): number {
  const clamped = Math.min(1, Math.max(0, temperature))
  if (clamped !== temperature) warnings.changed('temperature')
  return clamped
}

/** The vendor refuses a sequence of nothing but white space. */
export function encodeStop(
  stop: readonly string[] | undefined,
  warnings: Warnings,
): readonly string[] | undefined {
  const kept = stop?.filter((sequence, index) => {
    const usable = sequence.trim() !== ''
    if (!usable) warnings.unsupported(stop.length === 1 ? 'stop' : `stop[${index}]`)
    return usable
  })
  return kept === undefined || kept.length === 0 ? undefined : kept
}

function encodeToolMembers(body: Body, request: ChatRequest, warnings: Warnings): void {
  const tools = encodeTools(request.tools ?? [], warnings)
  if (tools.length === 0) return
  body['tools'] = tools
  const choice = encodeToolChoice(request, warnings)
  if (choice !== undefined) body['tool_choice'] = choice
}

function encodeOutput(body: Body, request: ChatRequest, thinking: Thinking, warnings: Warnings): void {
  const config: Body = {}
  if (thinking.effort !== undefined) config['effort'] = thinking.effort
  const format = encodeResponseFormat(request.responseFormat, warnings)
  if (format !== undefined) config['format'] = format
  if (Object.keys(config).length > 0) body['output_config'] = config
}

/** `metadata` holds the user's id alone. */
function encodeAccount(body: Body, request: ChatRequest, warnings: Warnings): void {
  const { user_id: userOfMetadata, ...others } = request.metadata ?? {}
  const user = request.user ?? userOfMetadata
  if (user !== undefined) body['metadata'] = { user_id: user }
  for (const name of Object.keys(others)) warnings.unsupported(`metadata.${name}`)
  const tier = encodeServiceTier(request.serviceTier)
  if (tier !== undefined) body['service_tier'] = tier
  else if (request.serviceTier !== undefined) warnings.unsupported('service_tier')
  if (request.cacheKey !== undefined) warnings.unsupported('prompt_cache_key')
  if (request.cache !== undefined) body['cache_control'] = encodeCacheMark(request.cache)
}

/** `default` and `standard` elsewhere are `standard_only` here. */
function encodeServiceTier(tier: string | undefined): string | undefined {
  if (tier === 'default' || tier === 'standard') return 'standard_only'
  return tier === 'auto' || tier === 'standard_only' ? tier : undefined
}

function encodeExtensions(body: Body, request: ChatRequest, warnings: Warnings): void {
  warnOfForeign(request.extensions, { own: 'anthropic-messages', warnings })
  const own: JsonObject = request.extensions?.['anthropic-messages'] ?? {}
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined) continue
    const merged =
      name === 'output_config' ? { ...(value as JsonObject), ...(body[name] as JsonObject) } : value
    setMember(body, name, merged)
  }
}
