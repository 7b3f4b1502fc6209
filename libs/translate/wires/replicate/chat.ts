import type {
  AnswerContext,
  ChatRequest,
  ChatResponse,
  Encoded,
  Json,
  JsonObject,
  ProviderWire,
  TargetContext,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { asText } from '../../narrow.ts'
import { setMember } from '../../set-member.ts'
import { peekUnary, spliceNothing } from '../../unary.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { encodeError, encodeStreamError } from '../openai-chat/errors.ts'
import { inputsOfTheModel } from './input.ts'
import { inputsOf, type ModelInputs } from './model-inputs.ts'
import { createdAtSeconds, decodeError, job, outputText, tapResponse, usageOf } from './predictions.ts'
import { promptOf } from './prompt.ts'
import { createStreamDecoder, createStreamTap } from './stream.ts'

/*
 * Language models on Replicate. What they take is of each model (`model-inputs.ts`); inputs that no other vendor has come
 * from the caller. No `stream` is sent: it is deprecated, and every model that streams says where.
 */

function encodeRequest(request: ChatRequest, target: TargetContext): Encoded {
  const warnings = createWarnings()
  const { prompt, system } = promptOf(request, warnings)
  const names = inputsOf(target.model)
  const input: Record<string, Json | undefined> = { prompt, ...samplingOf(request, { names, warnings }) }
  if (system !== undefined) input[names.system] = system
  warnOfOthers(request, warnings)
  const own = inputsOfTheModel(request.extensions, { callers: 'openai-chat', warnings })
  for (const [name, value] of Object.entries(own)) if (value !== undefined) setMember(input, name, value)
  return { body: { version: target.model, input }, warnings: warnings.all() }
}

function samplingOf(
  { sampling }: ChatRequest,
  { names, warnings }: { readonly names: ModelInputs; readonly warnings: Warnings },
): JsonObject {
  if ((sampling.candidates ?? 1) > 1) warnings.unsupported('n')
  if (sampling.logprobs) warnings.unsupported('logprobs')
  if (sampling.topLogprobs) warnings.unsupported('top_logprobs')
  if (sampling.logitBias !== undefined) warnings.unsupported('logit_bias')
  const named: readonly (readonly [name: string | undefined, value: number | undefined, path: string])[] = [
    [names.maxTokens, sampling.maxOutputTokens, 'max_tokens'],
    [names.temperature, sampling.temperature, 'temperature'],
    [names.topP, sampling.topP, 'top_p'],
    [names.topK, sampling.topK, 'top_k'],
    [names.presencePenalty, sampling.presencePenalty, 'presence_penalty'],
    [names.frequencyPenalty, sampling.frequencyPenalty, 'frequency_penalty'],
    [names.seed, sampling.seed, 'seed'],
  ]
  const input: Record<string, Json> = {}
  for (const [name, value, path] of named) {
    if (value !== undefined && name === undefined) warnings.unsupported(path)
    if (value !== undefined && name !== undefined) input[name] = value
  }
  return { ...input, ...encodeStop(sampling.stop ?? [], { name: names.stop, warnings }) }
}

/** One text with commas between; a sequence with a comma of its own would be two. */
function encodeStop(
  stop: readonly string[],
  { name, warnings }: { readonly name: string | undefined; readonly warnings: Warnings },
): JsonObject {
  if (name === undefined) {
    if (stop.length > 0) warnings.unsupported('stop')
    return {}
  }
  const carried = stop.filter((sequence, index) => {
    if (sequence.includes(',')) warnings.unsupported(`stop[${index}]`)
    return !sequence.includes(',')
  })
  return carried.length === 0 ? {} : { [name]: carried.join(',') }
}

function warnOfOthers(request: ChatRequest, warnings: Warnings): void {
  if (request.tools !== undefined && request.tools.length > 0) warnings.unsupported('tools')
  if (request.toolChoice !== undefined) warnings.unsupported('tool_choice')
  if (request.parallelToolCalls !== undefined) warnings.unsupported('parallel_tool_calls')
  const format = request.responseFormat
  if (format !== undefined && format.type !== 'text') warnings.unsupported('response_format')
  if (request.reasoning !== undefined) warnings.unsupported('reasoning_effort')
  if (request.user !== undefined) warnings.unsupported('user')
  if (request.metadata !== undefined) warnings.unsupported('metadata')
  if (request.serviceTier !== undefined) warnings.unsupported('service_tier')
  if (request.cacheKey !== undefined) warnings.unsupported('prompt_cache_key')
  if (request.cache !== undefined) warnings.unsupported('cache_control')
}

function decodeResponse(body: JsonObject, { model }: AnswerContext): ChatResponse {
  const text = outputText(body)
  const response: Draft<ChatResponse> = {
    id: asText(body['id']) ?? '',
    model,
    candidates: [
      {
        index: 0,
        parts: text === '' ? [] : [{ type: 'text', text }],
        stopReason: { unified: 'stop', raw: asText(body['status']) ?? null },
      },
    ],
  }
  const created = createdAtSeconds(body)
  if (created !== undefined) response.createdAtSeconds = created
  const usage = usageOf(body)
  if (usage !== undefined) response.usage = usage
  return response
}

export const replicateChat: ProviderWire = {
  id: 'replicate-chat',
  operation: 'chat',
  streamFormat: 'sse',
  modelMember: 'version',
  job,
  peek: peekUnary,
  nativeSplice: spliceNothing,
  encodeRequest,
  decodeResponse,
  createStreamDecoder,
  createStreamTap,
  tapResponse,
  decodeError,
  encodeError,
  encodeStreamError,
}
