import { isJsonObject, type Json, type JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import type { Question, Vendor } from '../types.ts'
import { invalid, outOfRange, unknownModel, wrongType } from './errors.ts'
import { readMessages } from './read-messages.ts'
import { readToolCall } from './read-tools.ts'

/** Every member that the vendor's reference names for chat completions; another one is refused. */
const members = new Set(
  'messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options'.split(
    ' ',
  ),
)

export type NumberRule = { readonly kind: 'decimal' | 'integer'; readonly min: number; readonly max: number }

const numbers: Readonly<Record<string, NumberRule>> = {
  temperature: { kind: 'decimal', min: 0, max: 2 },
  top_p: { kind: 'decimal', min: 0, max: 1 },
  frequency_penalty: { kind: 'decimal', min: -2, max: 2 },
  presence_penalty: { kind: 'decimal', min: -2, max: 2 },
  n: { kind: 'integer', min: 1, max: 128 },
  max_tokens: { kind: 'integer', min: 1, max: Number.MAX_SAFE_INTEGER },
  max_completion_tokens: { kind: 'integer', min: 1, max: Number.MAX_SAFE_INTEGER },
  top_logprobs: { kind: 'integer', min: 0, max: 20 },
  seed: { kind: 'integer', min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY },
}

/** Checks a chat completion as the vendor does, in its order, and reads what the answer depends on. */
export const readRequest: Vendor['read'] = ({ body, knows, acceptUnknown }) => {
  const request = parse(body)
  const model = request['model']
  if (model === undefined || model === null || model === '') {
    throw invalid('you must provide a model parameter', null, null)
  }
  if (typeof model !== 'string') throw wrongType('model', 'a string', model)
  if (!acceptUnknown) refuseUnknownMembers(request)
  const messages = readMessages(request['messages'])
  for (const [param, rule] of Object.entries(numbers)) checkNumber(param, rule, request[param])
  const stream = readStream(request)
  const stop = readStop(request['stop'])
  const toolCall = readToolCall(request, messages)
  if (!knows(model)) throw unknownModel(model)
  return question(request, { model, stream, stop, toolCall, ...messages })
}

function question(
  request: JsonObject,
  read: Pick<Question, 'model' | 'stream' | 'stop' | 'toolCall' | 'text'> & { readonly characters: number },
): Question {
  const maxTokens = request['max_completion_tokens'] ?? request['max_tokens']
  const options = isJsonObject(request['stream_options']) ? request['stream_options'] : {}
  return {
    model: read.model,
    stream: read.stream,
    text: read.text,
    stop: read.stop,
    toolCall: read.toolCall,
    inputTokens: countTokens(read.characters),
    maxTokens: typeof maxTokens === 'number' ? maxTokens : undefined,
    candidates: typeof request['n'] === 'number' ? request['n'] : 1,
    includeUsage: options['include_usage'] === true,
    includeObfuscation: options['include_obfuscation'] !== false,
  }
}

/** The body as an object; refuses any other as the vendor does. */
export function parse(body: Buffer): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    value = undefined
  }
  if (isJsonObject(value)) return value
  throw invalid(
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)",
    null,
    null,
  )
}

export function refuseUnknownMembers(request: JsonObject, known: ReadonlySet<string> = members): void {
  const unknown = Object.keys(request).filter((member) => !known.has(member))
  if (unknown.length === 0) return
  const plural = unknown.length > 1 ? 's' : ''
  throw invalid(`Unrecognized request argument${plural} supplied: ${unknown.join(', ')}`, null, null)
}

export function checkNumber(param: string, rule: NumberRule, value: Json | undefined): void {
  if (value === undefined || value === null) return
  const { kind } = rule
  const right = typeof value === 'number' && (kind === 'decimal' || Number.isInteger(value))
  if (!right) throw wrongType(param, kind === 'decimal' ? 'a decimal' : 'an integer', value)
  if (value > rule.max) throw outOfRange({ param, kind, side: 'above', bound: rule.max, value })
  if (value < rule.min) throw outOfRange({ param, kind, side: 'below', bound: rule.min, value })
}

export function readStream(request: JsonObject): boolean {
  const stream = request['stream'] ?? false
  if (typeof stream !== 'boolean') throw wrongType('stream', 'a boolean', stream)
  const options = request['stream_options']
  if (options === undefined || options === null) return stream
  if (!stream) {
    throw invalid(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
      null,
    )
  }
  if (!isJsonObject(options)) throw wrongType('stream_options', 'an object', options)
  return stream
}

export function readStop(stop: Json | undefined): readonly string[] {
  if (stop === undefined || stop === null) return []
  if (typeof stop === 'string') return [stop]
  if (!Array.isArray(stop)) {
    throw wrongType('stop', 'one of a string or array of strings', stop)
  }
  if (stop.length > 4) {
    throw invalid(
      `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${stop.length} instead.`,
      'stop',
      'array_above_max_length',
    )
  }
  return stop.map((sequence, index) => {
    if (typeof sequence !== 'string') throw wrongType(`stop[${index}]`, 'a string', sequence)
    return sequence
  })
}
