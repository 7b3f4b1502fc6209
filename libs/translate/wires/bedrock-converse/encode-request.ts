import type { ChatRequest, Encoded, Json, JsonObject, TargetContext } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asObject } from '../../narrow.ts'
import { setMember } from '../../set-member.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { clampTemperature, defaultMaxTokens, encodeStop } from '../anthropic-messages/encode-request.ts'
import { encodeThinking, type Thinking } from '../anthropic-messages/thinking.ts'
import { encodeCachePoint } from './cache-point.ts'
import { encodeConversation, markLast } from './encode-message.ts'
import { encodeToolConfig } from './encode-tools.ts'
import { type ModelTraits, traitsOf } from './model-traits.ts'
import { serviceTierOf } from './service-tier.ts'
import { answerToolOf, encodeTextFormat } from './structured-output.ts'

/** A request while it is being written. */
type Body = Record<string, Json>

type Options = {
  readonly request: ChatRequest
  readonly model: string
  readonly traits: ModelTraits
  readonly thinking: Thinking
  readonly warnings: Warnings
}

/** Canonical → wire, for the target's model. Model and stream go into the address. */
export function encodeRequest(request: ChatRequest, { model }: TargetContext): Encoded {
  const warnings = createWarnings()
  const traits = traitsOf(model)
  const { system, messages } = encodeConversation(request.messages, { warnings, traits })
  const options = { request, model, traits, thinking: readThinking(request, traits, warnings), warnings }
  if (request.cache !== undefined) markConversation(messages, request.cache, options)
  const body: Body = { messages }
  if (system.length > 0) body['system'] = system
  setIfAny(body, 'inferenceConfig', encodeInference(options))
  const toolConfig = encodeToolConfig({
    ...options,
    messages,
    answerTool: answerToolOf(request, model),
    thinking: options.thinking.thinking !== undefined,
  })
  if (toolConfig !== undefined) body['toolConfig'] = toolConfig
  setIfAny(body, 'additionalModelRequestFields', encodeModelFields(options))
  setIfAny(body, 'outputConfig', encodeOutput(options))
  encodeAccount(body, request, warnings)
  nameLosses(options)
  encodeExtensions(body, options)
  return { body, warnings: warnings.all() }
}

function setIfAny(body: Body, name: string, members: Body): void {
  if (Object.keys(members).length > 0) body[name] = members
}

/** Claude's three currencies of thinking; an effort for the models that know one; else named in a warning. */
function readThinking(
  request: ChatRequest,
  { claude, reasoningEffort }: ModelTraits,
  warnings: Warnings,
): Thinking {
  if (claude !== undefined) return encodeThinking(request, claude, warnings)
  const { reasoning } = request
  if (reasoning === undefined || reasoning.enabled === false || reasoning.effort === 'none') return {}
  if (!reasoningEffort) warnings.unsupported('reasoning_effort')
  return {}
}

/** A mark on the request as a whole stands behind its last block here. */
function markConversation(
  messages: readonly JsonObject[],
  mark: NonNullable<ChatRequest['cache']>,
  { traits, warnings }: Options,
): void {
  const point = encodeCachePoint(mark, { path: 'messages', place: 'blocks', traits, warnings })
  if (point.length > 0) warnings.changed('cache_control')
  markLast(messages.at(-1)?.['content'] as unknown as JsonObject[], point)
}

/** `InferenceConfiguration`. */
function encodeInference(options: Options): Body {
  const { request, thinking, warnings } = options
  const { stop, maxOutputTokens } = request.sampling
  const config: Body = {}
  const forThinking = thinking.budgetTokens && thinking.budgetTokens + defaultMaxTokens
  const maxTokens = maxOutputTokens ?? forThinking
  if (maxTokens !== undefined) config['maxTokens'] = maxTokens
  encodeRandomness(config, options)
  const stopSequences = encodeStop(stop, warnings)
  if (stopSequences !== undefined) config['stopSequences'] = stopSequences
  return { ...config, ...ownMember(request, 'inferenceConfig') }
}

/** Temperature and topP are 0 to 1; Claude's models take both, one or none of them. */
function encodeRandomness(config: Body, { request, traits, thinking, warnings }: Options): void {
  const { temperature, topP } = request.sampling
  const rule = traits.claude?.sampling ?? 'all'
  const fixed = rule === 'none' || thinking.budgetTokens !== undefined
  if (temperature !== undefined) {
    if (fixed) warnings.unsupported('temperature')
    else config['temperature'] = clampTemperature(temperature, warnings)
  }
  if (topP !== undefined) {
    const excluded = rule === 'temperature-or-top-p' && temperature !== undefined
    if (fixed || excluded) warnings.unsupported('top_p')
    else config['topP'] = topP
  }
}

/** What the model's own API takes beside the common parameters. */
function encodeModelFields({ request, traits, thinking, warnings }: Options): Body {
  const fields: Body = {}
  if (thinking.thinking !== undefined) fields['thinking'] = thinking.thinking
  const effort = request.reasoning?.effort
  if (traits.reasoningEffort && effort !== undefined && effort !== 'none') {
    fields['reasoning_effort'] = openWeightEffort(effort, warnings)
  }
  const { topK } = request.sampling
  if (topK !== undefined) {
    const fixed = traits.claude?.sampling === 'none' || thinking.budgetTokens !== undefined
    if (!traits.topK || fixed) warnings.unsupported('top_k')
    else fields['top_k'] = topK
  }
  return { ...fields, ...ownMember(request, 'additionalModelRequestFields') }
}

/** low, medium, high. */
function openWeightEffort(effort: string, warnings: Warnings): string {
  if (effort === 'low' || effort === 'medium' || effort === 'high') return effort
  warnings.changed('reasoning_effort')
  return effort === 'minimal' ? 'low' : 'high'
}

function encodeOutput({ request, model, thinking, warnings }: Options): Body {
  const config: Body = {}
  const textFormat = encodeTextFormat(request, model)
  if (textFormat !== undefined) config['textFormat'] = textFormat
  if (thinking.effort !== undefined) config['effort'] = thinking.effort
  const { responseFormat: format } = request
  const lost = format?.type === 'json-schema' && textFormat === undefined && !answerToolOf(request, model)
  if (format?.type === 'json' || lost) warnings.unsupported('response_format')
  return { ...config, ...ownMember(request, 'outputConfig') }
}

/** "Key-value pairs": strings of the vendor's alphabet, at most 16 (API_runtime_Converse.html, requestMetadata). */
const metadataKey = /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/
const metadataValue = /^[a-zA-Z0-9\s:_@$#=/+,.-]{0,256}$/
const mostMetadata = 16

function encodeAccount(body: Body, request: ChatRequest, warnings: Warnings): void {
  const metadata: Body = {}
  for (const [name, value] of Object.entries(request.metadata ?? {})) {
    const fits = metadataKey.test(name) && typeof value === 'string' && metadataValue.test(value)
    if (fits && Object.keys(metadata).length < mostMetadata) setMember(metadata, name, value)
    else warnings.unsupported(`metadata.${name}`)
  }
  setIfAny(body, 'requestMetadata', metadata)
  if (request.user !== undefined) warnings.unsupported('user')
  if (request.cacheKey !== undefined) warnings.unsupported('prompt_cache_key')
  if (request.serviceTier === undefined || request.serviceTier === 'auto') return
  const type = serviceTierOf(request.serviceTier)
  if (type !== undefined) body['serviceTier'] = { type }
  else warnings.unsupported('service_tier')
}

/** Parameters that the API has no place for. */
function nameLosses({ request, warnings }: Options): void {
  const { sampling } = request
  if (request.parallelToolCalls === false) warnings.unsupported('parallel_tool_calls')
  if (sampling.frequencyPenalty) warnings.unsupported('frequency_penalty')
  if (sampling.presencePenalty) warnings.unsupported('presence_penalty')
  if (sampling.seed !== undefined) warnings.unsupported('seed')
  if ((sampling.candidates ?? 1) > 1) warnings.unsupported('n')
  if (sampling.logprobs === true) warnings.unsupported('logprobs')
  if (sampling.topLogprobs !== undefined) warnings.unsupported('top_logprobs')
  if (sampling.logitBias !== undefined) warnings.unsupported('logit_bias')
}

function ownMember(request: ChatRequest, name: string): Body {
  return { ...(asObject(request.extensions?.['bedrock-converse']?.[name]) as Body | undefined) }
}

/** Members whose own part is put together above. */
const merged: ReadonlySet<string> = new Set([
  ...['inferenceConfig', 'toolConfig', 'additionalModelRequestFields', 'outputConfig'],
])

function encodeExtensions(body: Body, { request, traits, warnings }: Options): void {
  warnOfForeign(request.extensions, { own: 'bedrock-converse', warnings })
  const own: JsonObject = request.extensions?.['bedrock-converse'] ?? {}
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || (merged.has(name) && asObject(value) !== undefined)) continue
    setMember(body, name, value)
  }
  askForStopSequence(body, request, traits)
}

/** Claude says which sequence it met, if it is asked to (ConverseRequest.additionalModelResponseFieldPaths). */
function askForStopSequence(body: Body, request: ChatRequest, { claude }: ModelTraits): void {
  const isAsked = request.sampling.stop !== undefined && claude !== undefined
  if (isAsked && body['additionalModelResponseFieldPaths'] === undefined) {
    body['additionalModelResponseFieldPaths'] = ['/stop_sequence']
  }
}
