import type { ChatRequest, Encoded, Json, JsonObject, Sampling, TargetContext } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asObject } from '../../narrow.ts'
import { setMember } from '../../set-member.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { encodeContents } from './encode-contents.ts'
import { encodeToolChoice, encodeTools } from './encode-tools.ts'
import { type ModelTraits, traitsOf } from './model-traits.ts'
import { encodeThinking } from './thinking.ts'

/** A request while it is being written. */
type Body = Record<string, Json>

/** "The set of character sequences (up to 5)" (generativelanguage v1beta, GenerationConfig.stop_sequences). */
const mostStopSequences = 5
/** `seed` is an int32. */
const largestSeed = 2 ** 31

/** Canonical → wire, for the target's model, which goes into the URL as does whether it is streamed. */
export function encodeRequest(request: ChatRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const traits = traitsOf(target.model)
  const { systemInstruction, contents } = encodeContents(request.messages, traits, warnings)
  const body: Body = { contents }
  if (systemInstruction !== undefined) body['systemInstruction'] = systemInstruction
  const hasFunctions = encodeToolMembers(body, request, warnings)
  const generation: Body = {}
  encodeSampling(generation, request.sampling, warnings)
  encodeFormat(generation, request, { blocked: hasFunctions && !traits.jsonWithFunctions, warnings })
  encodeReasoning(generation, request, traits, warnings)
  if (Object.keys(generation).length > 0) body['generationConfig'] = generation
  encodeAccount(body, request, warnings)
  encodeExtensions(body, request, warnings)
  return { body, warnings: warnings.all() }
}

function encodeToolMembers(body: Body, request: ChatRequest, warnings: Warnings): boolean {
  const { tools, hasFunctions } = encodeTools(request.tools ?? [], warnings)
  if (tools.length > 0) body['tools'] = tools
  if (!hasFunctions) return false
  const functionCallingConfig = encodeToolChoice(request, warnings)
  if (functionCallingConfig !== undefined) body['toolConfig'] = { functionCallingConfig }
  return true
}

function encodeSampling(generation: Body, sampling: Sampling, warnings: Warnings): void {
  const set = (name: string, value: Json | undefined) => {
    if (value !== undefined) generation[name] = value
  }
  set('temperature', sampling.temperature)
  set('topP', sampling.topP)
  set('topK', sampling.topK)
  set('candidateCount', sampling.candidates)
  set('maxOutputTokens', sampling.maxOutputTokens)
  set('stopSequences', encodeStop(sampling.stop, warnings))
  set('presencePenalty', sampling.presencePenalty)
  set('frequencyPenalty', sampling.frequencyPenalty)
  set('seed', encodeSeed(sampling.seed, warnings))
  set('responseLogprobs', sampling.logprobs)
  if (sampling.logprobs === true) set('logprobs', sampling.topLogprobs)
  else if (sampling.topLogprobs !== undefined) warnings.unsupported('top_logprobs')
  if (sampling.logitBias !== undefined) warnings.unsupported('logit_bias')
}

function encodeStop(stop: readonly string[] | undefined, warnings: Warnings): readonly string[] | undefined {
  const kept = stop?.filter((sequence) => sequence !== '')
  if (kept === undefined || kept.length === 0) return undefined
  for (let index = mostStopSequences; index < kept.length; index += 1) warnings.unsupported(`stop[${index}]`)
  return kept.slice(0, mostStopSequences)
}

function encodeSeed(seed: number | undefined, warnings: Warnings): number | undefined {
  if (seed === undefined || (Number.isInteger(seed) && seed >= -largestSeed && seed < largestSeed))
    return seed
  warnings.unsupported('seed')
  return undefined
}

/** `blocked`: "Function calling with a response mime type: 'application/json' is unsupported", on older models. */
function encodeFormat(
  generation: Body,
  { responseFormat: format }: ChatRequest,
  { blocked, warnings }: { readonly blocked: boolean; readonly warnings: Warnings },
): void {
  if (format === undefined) return
  if (format.type === 'text') {
    generation['responseMimeType'] = 'text/plain'
    return
  }
  if (blocked) {
    warnings.unsupported('response_format')
    return
  }
  generation['responseMimeType'] = 'application/json'
  if (format.type !== 'json-schema') return
  if (format.description !== undefined) warnings.unsupported('response_format.json_schema.description')
  generation['responseJsonSchema'] = format.schema
}

function encodeReasoning(
  generation: Body,
  { reasoning }: ChatRequest,
  traits: ModelTraits,
  warnings: Warnings,
): void {
  if (reasoning === undefined) return
  const config = encodeThinking(reasoning, traits.thinking, warnings)
  if (config !== undefined) generation['thinkingConfig'] = config
}

/** The vendor knows no end user and no metadata of a request (Vertex's labels are for its bills). */
function encodeAccount(body: Body, request: ChatRequest, warnings: Warnings): void {
  if (request.user !== undefined) warnings.unsupported('user')
  for (const name of Object.keys(request.metadata ?? {})) warnings.unsupported(`metadata.${name}`)
  const tier = request.serviceTier
  if (tier !== undefined && tier !== 'auto') {
    const known = tierOf.get(tier)
    if (known === undefined) warnings.unsupported('service_tier')
    else body['serviceTier'] = known
  }
  if (request.cacheKey !== undefined) warnings.unsupported('prompt_cache_key')
  if (request.cache !== undefined) warnings.unsupported('cache_control')
}

/** `ServiceTier` (@google/genai 3.3.0), and what others call its members. */
const tierOf: ReadonlyMap<string, string> = new Map([
  ['unspecified', 'unspecified'],
  ['flex', 'flex'],
  ['standard', 'standard'],
  ['priority', 'priority'],
  ['default', 'standard'],
  ['standard_only', 'standard'],
])

/** Those of a nested object stand under their whole path: see decode-request.ts. */
function encodeExtensions(body: Body, request: ChatRequest, warnings: Warnings): void {
  warnOfForeign(request.extensions, { own: 'gemini-generate', warnings })
  const own: JsonObject = request.extensions?.['gemini-generate'] ?? {}
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined) continue
    const nested = /^(generationConfig|toolConfig)\.(.+)$/s.exec(name)
    const [, holder = '', member = ''] = nested ?? []
    if (nested === null) setMember(body, name, value)
    else body[holder] = { ...asObject(body[holder]), [member]: value }
  }
}
