import { isJsonObject, type Json, type JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import type { Question, Vendor } from '../types.ts'
import { invalid, refusal, unknownField, unknownModel, wrongType } from './errors.ts'
import { readMessages } from './read-messages.ts'
import { readToolCall } from './read-tools.ts'

/** Every member of `V2ChatRequest` (cohere-ai 8.1.0) and `return_prompt` of 7.17.1; another one is refused. */
const members = new Set(
  'model messages tools strict_tools documents citation_options response_format safety_mode max_tokens stop_sequences temperature seed frequency_penalty presence_penalty k p logprobs tool_choice thinking priority stream return_prompt'.split(
    ' ',
  ),
)

type NumberRule = { readonly kind: 'float' | 'integer'; readonly min: number; readonly max: number }

const numbers: Readonly<Record<string, NumberRule>> = {
  max_tokens: { kind: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER },
  temperature: { kind: 'float', min: 0, max: Number.MAX_SAFE_INTEGER },
  p: { kind: 'float', min: 0.01, max: 0.99 },
  k: { kind: 'integer', min: 0, max: 500 },
  seed: { kind: 'integer', min: 0, max: Number.MAX_SAFE_INTEGER },
  frequency_penalty: { kind: 'float', min: 0, max: 1 },
  presence_penalty: { kind: 'float', min: 0, max: 1 },
  priority: { kind: 'integer', min: 0, max: 999 },
}

const choices: Readonly<Record<string, readonly string[]>> = {
  safety_mode: ['CONTEXTUAL', 'STRICT', 'OFF'],
  tool_choice: ['REQUIRED', 'NONE'],
}

/** Checks a chat request as the vendor does, and reads what the answer depends on. */
export const readRequest: Vendor['read'] = ({ body, knows, acceptUnknown }) => {
  const request = parse(body)
  for (const name of Object.keys(request)) {
    if (!acceptUnknown && !members.has(name)) throw unknownField(name)
  }
  const model = readModel(request)
  for (const name of ['stream', 'strict_tools', 'logprobs']) {
    const value = request[name] ?? false
    if (typeof value !== 'boolean') throw wrongType(name, value, 'boolean')
  }
  for (const [name, rule] of Object.entries(numbers)) checkNumber(name, rule, request[name])
  for (const [name, allowed] of Object.entries(choices)) checkChoice(name, allowed, request[name])
  const messages = readMessages(request['messages'])
  const documents = readDocuments(request['documents'])
  checkFormat(request, documents.length)
  const toolCall = readToolCall(request, messages)
  const stop = readStop(request['stop_sequences'])
  const thinks = readThinking(request['thinking'])
  if (!knows(model)) throw unknownModel(model)
  const question: Question = {
    model,
    stream: request['stream'] === true,
    text: messages.text,
    inputTokens: countTokens(messages.characters),
    maxTokens: typeof request['max_tokens'] === 'number' ? request['max_tokens'] : undefined,
    stop,
    candidates: 1,
    includeUsage: true,
    includeObfuscation: false,
    toolCall,
  }
  const [cites] = documents
  return { ...question, ...(thinks && { thinks }), ...(cites !== undefined && { cites }) }
}

export function readModel({ model }: JsonObject): string {
  if (model === undefined || model === null || model === '') throw invalid('model is required')
  if (typeof model !== 'string') throw wrongType('model', model, 'string')
  return model
}

export function parse(body: Buffer): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    value = undefined
  }
  if (isJsonObject(value)) return value
  throw refusal(400, 'invalid json syntax: the body could not be parsed')
}

export function checkNumber(name: string, rule: NumberRule, value: Json | undefined): void {
  if (value === undefined || value === null) return
  const right = typeof value === 'number' && (rule.kind === 'float' || Number.isInteger(value))
  if (!right) throw wrongType(name, value, rule.kind)
  if (value < rule.min || value > rule.max) {
    throw invalid(`${name} must be between ${rule.min} and ${rule.max} inclusive.`)
  }
}

export function checkChoice(name: string, allowed: readonly string[], value: Json | undefined): void {
  if (value === undefined || value === null) return
  if (typeof value !== 'string') throw wrongType(name, value, 'string')
  if (!allowed.includes(value)) throw invalid(`${name} must be one of ${allowed.join(', ')}.`)
}

/** Ids of the documents. */
function readDocuments(documents: Json | undefined): readonly string[] {
  if (documents === undefined || documents === null) return []
  if (!Array.isArray(documents)) throw wrongType('documents', documents, 'array')
  return documents.map((document: Json, index) => {
    if (typeof document === 'string') return `doc:${index}`
    if (!isJsonObject(document)) throw wrongType(`documents[${index}]`, document, 'string or object')
    const { data, id } = document
    if (!isJsonObject(data)) throw wrongType(`documents[${index}].data`, data, 'object')
    return typeof id === 'string' ? id : `doc:${index}`
  })
}

function checkFormat(request: JsonObject, documents: number): void {
  const format = request['response_format']
  if (format === undefined || format === null) return
  if (!isJsonObject(format)) throw wrongType('response_format', format, 'object')
  const type = format['type']
  if (type !== 'text' && type !== 'json_object') {
    throw invalid('response_format.type must be one of text, json_object.')
  }
  if (type === 'text' && format['json_schema'] !== undefined) {
    throw invalid('response_format.json_schema must not be specified when the type is text.')
  }
  const tools = request['tools']
  if (type === 'json_object' && (documents > 0 || (Array.isArray(tools) && tools.length > 0))) {
    throw invalid('response_format is not supported with documents or tools.')
  }
}

function readStop(stop: Json | undefined): readonly string[] {
  if (stop === undefined || stop === null) return []
  if (!Array.isArray(stop)) throw wrongType('stop_sequences', stop, 'array')
  if (stop.length > 5) throw invalid('stop_sequences must have at most 5 items.')
  return stop.map((sequence: Json, index) => {
    if (typeof sequence !== 'string') throw wrongType(`stop_sequences[${index}]`, sequence, 'string')
    return sequence
  })
}

function readThinking(thinking: Json | undefined): boolean {
  if (thinking === undefined || thinking === null) return false
  if (!isJsonObject(thinking)) throw wrongType('thinking', thinking, 'object')
  const { type, token_budget: budget } = thinking
  if (type !== 'enabled' && type !== 'disabled') {
    throw invalid('thinking.type must be one of enabled, disabled.')
  }
  if (budget !== undefined && (!Number.isInteger(budget) || Number(budget) < 1)) {
    throw invalid('thinking.token_budget must be a positive integer.')
  }
  return type === 'enabled'
}
