import type { ChatRequest, Encoded, Json, JsonObject, Sampling, TargetContext } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { setMember } from '../../set-member.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { encodeConversation } from './encode-message.ts'
import { encodeResponseFormat, encodeTools } from './encode-tools.ts'
import { traitsOf } from './model-traits.ts'
import { encodeThinking } from './thinking.ts'

/** A request while it is being written. */
type Body = Record<string, Json | undefined>

/** "A list of up to 5 strings" (cohere-ai 8.1.0, V2ChatRequest.stopSequences). */
const mostStopSequences = 5

/** Canonical → wire, for the target's model. Throws `invalid-request` for content that would be lost with its meaning. */
export function encodeRequest(request: ChatRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const traits = traitsOf(target.model)
  const { messages, documents } = encodeConversation(request.messages, traits, warnings)
  const body: Body = { model: target.model, messages }
  const set = (name: string, value: Json | undefined) => {
    if (value !== undefined) body[name] = value
  }
  const { tools, strict, choice } = encodeTools(request, traits, warnings)
  if (tools.length > 0) body['tools'] = tools
  set('strict_tools', strict)
  set('tool_choice', choice)
  if (documents.length > 0) body['documents'] = documents
  const isAlone = tools.length === 0 && documents.length === 0
  set('response_format', encodeResponseFormat(request.responseFormat, isAlone, warnings))
  encodeSampling(body, request.sampling, warnings)
  set('thinking', encodeThinking(request, traits.thinks, warnings))
  warnOfAccount(request, warnings)
  warnOfForeign(request.extensions, { own: 'cohere-v2', warnings })
  for (const [name, value] of Object.entries(request.extensions?.['cohere-v2'] ?? {})) {
    if (value !== undefined) setMember(body, name, value)
  }
  if (request.stream) body['stream'] = true
  return { body: body as JsonObject, warnings: warnings.all() }
}

type Range = {
  readonly value: number | undefined
  readonly min?: number
  readonly max?: number
  /** The caller's name of it. */
  readonly path: string
}

function encodeSampling(body: Body, sampling: Sampling, warnings: Warnings): void {
  const set = (name: string, value: Json | undefined) => {
    if (value !== undefined) body[name] = value
  }
  const clamped = (range: Range) => clamp(range, warnings)
  set('max_tokens', sampling.maxOutputTokens)
  set('stop_sequences', encodeStop(sampling.stop, warnings))
  set('temperature', clamped({ value: sampling.temperature, min: 0, path: 'temperature' }))
  set('p', clamped({ value: sampling.topP, min: 0.01, max: 0.99, path: 'top_p' }))
  set('k', clamped({ value: sampling.topK, min: 0, max: 500, path: 'top_k' }))
  set('seed', sampling.seed)
  const { frequencyPenalty, presencePenalty } = sampling
  set('frequency_penalty', clamped({ value: frequencyPenalty, min: 0, max: 1, path: 'frequency_penalty' }))
  set('presence_penalty', clamped({ value: presencePenalty, min: 0, max: 1, path: 'presence_penalty' }))
  set('logprobs', sampling.logprobs)
  if (sampling.topLogprobs) warnings.unsupported('top_logprobs')
  if ((sampling.candidates ?? 1) > 1) warnings.unsupported('n')
  if (sampling.logitBias !== undefined) warnings.unsupported('logit_bias')
}

/** The ranges are the vendor's, `V2ChatRequest` of cohere-ai 8.1.0; other vendors' are wider. */
function clamp(range: Range, warnings: Warnings): number | undefined {
  const { value, min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, path } = range
  if (value === undefined) return undefined
  const inside = Math.min(max, Math.max(min, value))
  if (inside !== value) warnings.changed(path)
  return inside
}

function encodeStop(stop: readonly string[] | undefined, warnings: Warnings): readonly string[] | undefined {
  if (stop === undefined || stop.length === 0) return undefined
  for (let index = mostStopSequences; index < stop.length; index += 1) warnings.unsupported(`stop[${index}]`)
  return stop.slice(0, mostStopSequences)
}

/** What the vendor has no member for. */
function warnOfAccount(request: ChatRequest, warnings: Warnings): void {
  if (request.user !== undefined) warnings.unsupported('user')
  for (const name of Object.keys(request.metadata ?? {})) warnings.unsupported(`metadata.${name}`)
  if (request.serviceTier !== undefined) warnings.unsupported('service_tier')
  if (request.cacheKey !== undefined) warnings.unsupported('prompt_cache_key')
  if (request.cache !== undefined) warnings.unsupported('cache_control')
  if (request.parallelToolCalls === false) warnings.unsupported('parallel_tool_calls')
}
