import type { ChatRequest, Decoded, Json, JsonObject, Sampling } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { readStream } from '../../peek-members.ts'
import {
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalText,
  optionalTexts,
  readModel,
} from '../../request-members.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { readStreamUsage } from '../openai-chat/peek.ts'

/** Members of the vendor's reference (openai 7.57.0, CompletionCreateParamsBase); all others are offered to chat servers. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'prompt', 'stream', 'stream_options', 'fallbacks', 'suffix', 'echo', 'best_of', 'user'],
  ...['temperature', 'top_p', 'top_k', 'frequency_penalty', 'presence_penalty', 'seed', 'stop', 'n'],
  ...['max_tokens', 'logprobs', 'logit_bias'],
])

/** What the vendor does where `max_tokens` is absent. */
const defaultMaxTokens = 16

/**
 * Wire → canonical: the prompt is the one turn of the user. Throws `invalid-request` for prompts that no chat can be:
 * several at once, tokens, none.
 */
export function decodeRequest(body: JsonObject): Decoded {
  const request: Draft<ChatRequest> = {
    model: readModel(body),
    stream: readStream(body),
    streamUsage: readStreamUsage(body),
    messages: [{ role: 'user', parts: [{ type: 'text', text: readPrompt(body['prompt']) }], path: 'prompt' }],
    sampling: decodeSampling(body),
  }
  const user = optionalText(body, 'user')
  if (user !== undefined) request.user = user
  const chat = offeredToChat(body)
  const own = onlyHere(body)
  if (chat !== undefined || own !== undefined) {
    request.extensions = {
      ...(chat !== undefined && { 'openai-chat': chat }),
      ...(own !== undefined && { 'openai-completions': own }),
    }
  }
  return { request, warnings: [] }
}

function readPrompt(prompt: Json | undefined): string {
  if (prompt === undefined || prompt === null) {
    throw invalidRequest(
      'prompt',
      'prompt is missing; this model is asked in a chat, which needs one: send a string.',
      'missing_required_parameter',
    )
  }
  const [only, ...others] = Array.isArray(prompt) ? (prompt as readonly Json[]) : [prompt]
  if (typeof only !== 'string') {
    throw invalidRequest(
      'prompt',
      'prompt must be a string: this model is asked in a chat, which takes no tokens.',
      'invalid_type',
    )
  }
  if (others.length > 0) {
    throw invalidRequest(
      'prompt',
      'prompt must be one string: this model is asked in a chat, which takes one prompt at a time; send a request for each.',
      'invalid_value',
    )
  }
  if (only === '') throw invalidRequest('prompt', 'prompt is empty; send some text.', 'invalid_value')
  return only
}

function decodeSampling(body: JsonObject): Sampling {
  const sampling: Draft<Sampling> = {
    maxOutputTokens: optionalNumber(body, 'max_tokens') ?? defaultMaxTokens,
  }
  const set = <K extends keyof Sampling>(member: K, value: Sampling[K] | undefined) => {
    if (value !== undefined) sampling[member] = value
  }
  set('temperature', optionalNumber(body, 'temperature'))
  set('topP', optionalNumber(body, 'top_p'))
  set('topK', optionalNumber(body, 'top_k'))
  set('frequencyPenalty', optionalNumber(body, 'frequency_penalty'))
  set('presencePenalty', optionalNumber(body, 'presence_penalty'))
  set('seed', optionalNumber(body, 'seed'))
  const { stop } = body
  set('stop', typeof stop === 'string' ? [stop] : optionalTexts(body, 'stop'))
  set('candidates', optionalNumber(body, 'n'))
  set('logitBias', optionalObject(body, 'logit_bias'))
  decodeLogprobs(body, sampling)
  return sampling
}

/** "The `logprobs` most likely output tokens, as well [as] the chosen": with 0 those of the chosen tokens alone. */
function decodeLogprobs(body: JsonObject, sampling: Draft<Sampling>): void {
  const most = optionalNumber(body, 'logprobs')
  if (most === undefined) return
  sampling.logprobs = true
  if (most > 0) sampling.topLogprobs = most
}

function offeredToChat(body: JsonObject): JsonObject | undefined {
  const found = unknownMembers(body, known)
  const { include_usage: _ours, ...streamOptions } = optionalObject(body, 'stream_options') ?? {}
  if (Object.keys(streamOptions).length === 0) return found
  return { ...found, stream_options: streamOptions }
}

/** What was asked for and no chat can do; what changes nothing (`echo: false`) is not worth a word. */
function onlyHere(body: JsonObject): JsonObject | undefined {
  const own: Record<string, Json> = {}
  const suffix = optionalText(body, 'suffix')
  if (suffix) own['suffix'] = suffix
  if (optionalBoolean(body, 'echo') === true) own['echo'] = true
  const bestOf = optionalNumber(body, 'best_of')
  if (bestOf !== undefined && bestOf > (optionalNumber(body, 'n') ?? 1)) own['best_of'] = bestOf
  return Object.keys(own).length === 0 ? undefined : own
}
