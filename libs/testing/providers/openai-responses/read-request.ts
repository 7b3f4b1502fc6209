import { isJsonObject, type Json, type JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import { invalid, missing, unknownModel, wrongType } from '../openai/errors.ts'
import { readChoice } from '../openai/read-choice.ts'
import { checkNumber, type NumberRule, parse } from '../openai/read-request.ts'
import type { Vendor } from '../types.ts'
import { readInput } from './read-input.ts'
import { readToolCall } from './read-tools.ts'

/** Every member of a request (openai 7.57.0, ResponseCreateParamsBase); another one is refused. */
const members = new Set(
  'access_programs background context_management conversation image include input instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user'.split(
    ' ',
  ),
)

const numbers: Readonly<Record<string, NumberRule>> = {
  temperature: { kind: 'decimal', min: 0, max: 2 },
  top_p: { kind: 'decimal', min: 0, max: 1 },
  max_output_tokens: { kind: 'integer', min: 16, max: Number.MAX_SAFE_INTEGER },
  max_tool_calls: { kind: 'integer', min: 1, max: Number.MAX_SAFE_INTEGER },
  top_logprobs: { kind: 'integer', min: 0, max: 20 },
}

const includable = [
  ...['file_search_call.results', 'web_search_call.results', 'web_search_call.action.sources'],
  ...['message.input_image.image_url', 'computer_call_output.output.image_url'],
  ...['code_interpreter_call.outputs', 'reasoning.encrypted_content', 'message.output_text.logprobs'],
]

const closedSets: Readonly<Record<string, readonly string[]>> = {
  service_tier: ['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'],
  truncation: ['auto', 'disabled'],
  prompt_cache_retention: ['in_memory', '24h'],
}

const kinds: Readonly<Record<string, 'boolean' | 'string'>> = {
  ...{ background: 'boolean', parallel_tool_calls: 'boolean', store: 'boolean', stream: 'boolean' },
  ...{ instructions: 'string', previous_response_id: 'string', prompt_cache_key: 'string' },
  ...{ safety_identifier: 'string', user: 'string' },
}

/** Checks a request as the vendor does, in its order, and reads what the answer depends on. */
export const readRequest: Vendor['read'] = ({ body, knows, acceptUnknown }) => {
  const request = parse(body)
  const { model } = request
  if (model === undefined || model === null || model === '') throw missing('model')
  if (typeof model !== 'string') throw wrongType('model', 'a string', model)
  if (!acceptUnknown) refuseUnknownMembers(request)
  checkMembers(request)
  const earlier = [request['previous_response_id'], request['conversation'], request['prompt']]
  const input = readInput(
    request['input'],
    earlier.some((value) => value !== undefined && value !== null),
  )
  const toolCall = readToolCall(request, input)
  if (!knows(model)) throw unknownModel(model)
  checkReasoning(request, model)
  const maxTokens = request['max_output_tokens']
  const options = isJsonObject(request['stream_options']) ? request['stream_options'] : {}
  return {
    model,
    stream: request['stream'] === true,
    text: input.text,
    stop: [],
    toolCall,
    inputTokens: countTokens(input.characters + String(request['instructions'] ?? '').length),
    maxTokens: typeof maxTokens === 'number' ? maxTokens : undefined,
    candidates: 1,
    includeUsage: true,
    includeObfuscation: options['include_obfuscation'] !== false,
    request,
  }
}

function refuseUnknownMembers(request: JsonObject): void {
  const unknown = Object.keys(request).find((member) => !members.has(member))
  if (unknown !== undefined) throw unknownParameter(unknown)
}

function unknownParameter(param: string) {
  return invalid(`Unknown parameter: '${param}'.`, param, 'unknown_parameter')
}

function checkMembers(request: JsonObject): void {
  for (const [param, rule] of Object.entries(numbers)) checkNumber(param, rule, request[param])
  for (const [param, values] of Object.entries(closedSets)) readChoice(request[param], param, values)
  for (const [param, kind] of Object.entries(kinds)) {
    const value = request[param]
    if (value !== undefined && value !== null && typeof value !== kind) {
      throw wrongType(param, `a ${kind}`, value)
    }
  }
  checkInclude(request['include'])
  checkStreamOptions(request)
  checkText(request['text'])
  checkMetadata(request['metadata'])
  const previous = request['previous_response_id']
  if (typeof previous === 'string' && !previous.startsWith('resp')) {
    const message = `Invalid 'previous_response_id': '${previous}'. Expected an ID that begins with 'resp'.`
    throw invalid(message, 'previous_response_id', 'invalid_value')
  }
}

function checkInclude(include: Json | undefined): void {
  if (include === undefined || include === null) return
  if (!Array.isArray(include)) throw wrongType('include', 'an array of strings', include)
  for (const [index, entry] of include.entries()) readChoice(entry, `include[${index}]`, includable)
}

function checkStreamOptions(request: JsonObject): void {
  const options = request['stream_options']
  if (options === undefined || options === null) return
  if (request['stream'] !== true) {
    throw invalid(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
      null,
    )
  }
  if (!isJsonObject(options)) throw wrongType('stream_options', 'an object', options)
  const unknown = Object.keys(options).find((name) => name !== 'include_obfuscation')
  if (unknown !== undefined) throw unknownParameter(`stream_options.${unknown}`)
}

function checkText(text: Json | undefined): void {
  if (text === undefined || text === null) return
  if (!isJsonObject(text)) throw wrongType('text', 'an object', text)
  readChoice(text['verbosity'], 'text.verbosity', ['low', 'medium', 'high'])
  const { format } = text
  if (format === undefined) return
  if (!isJsonObject(format)) throw wrongType('text.format', 'an object', format)
  const type = readChoice(format['type'], 'text.format.type', ['text', 'json_object', 'json_schema'])
  if (type === undefined) throw missing('text.format.type')
  if (type !== 'json_schema') return
  if (format['name'] === undefined) throw missing('text.format.name')
  if (!isJsonObject(format['schema'])) throw missing('text.format.schema')
}

function checkMetadata(metadata: Json | undefined): void {
  if (metadata === undefined || metadata === null) return
  if (!isJsonObject(metadata)) throw wrongType('metadata', 'an object', metadata)
  for (const [name, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw wrongType(`metadata.${name}`, 'a string', value)
  }
}

/** Whether a model reasons: the others refuse what is about reasoning. */
export function reasons(model: string): boolean {
  return /^(?:o\d|gpt-(?:[5-9]|\d\d)|gpt-oss)/.test(model)
}

function checkReasoning(request: JsonObject, model: string): void {
  const { reasoning } = request
  if (reasoning !== undefined && reasoning !== null && !isJsonObject(reasoning)) {
    throw wrongType('reasoning', 'an object', reasoning)
  }
  const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']
  const effort = readChoice(reasoning?.['effort'], 'reasoning.effort', efforts)
  const summary = readChoice(reasoning?.['summary'], 'reasoning.summary', ['auto', 'concise', 'detailed'])
  // A scenario alone is no model of a known kind.
  if (reasons(model) || model.startsWith('simulated-')) return
  const param = effort !== undefined ? 'reasoning.effort' : 'reasoning.summary'
  if (effort !== undefined || summary !== undefined) {
    const message = `Unsupported parameter: '${param}' is not supported with this model.`
    throw invalid(message, param, 'unsupported_parameter')
  }
  const include = request['include']
  if (Array.isArray(include) && include.includes('reasoning.encrypted_content')) {
    throw invalid('Encrypted content is not supported with this model.', 'include', null)
  }
}
