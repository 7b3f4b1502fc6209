import type { IncomingHttpHeaders } from 'node:http'
import { isJsonObject, type Json, type JsonObject } from '#contract'
import { countTokens } from '../answer.ts'
import type { Vendor } from '../types.ts'
import { extra, invalid, notFound, required, wrongType } from './errors.ts'
import { readMessages, readTextBlocks } from './read-messages.ts'
import { readToolCall } from './read-tools.ts'

const versions = ['2023-06-01', '2026-10-21']

/**
 * Removed from the API with version 2026-10-21; sent with it they are refused, even with their default values.
 * https://platform.claude.com/docs/en/api/migration-2026-10-21
 */
const sampling = ['temperature', 'top_p', 'top_k']

/** Every member that the vendor's reference names for messages; another one is refused unless a beta is asked for. */
const members = new Set(
  'max_tokens messages model cache_control container diagnostics inference_geo metadata output_config service_tier speed stop_sequences stream system thinking tool_choice tools'.split(
    ' ',
  ),
)

/** The claude-3 family answers with no more than this and takes the system prompt at the top only. */
const claude3MaxTokens = 4096

/** Checks a message request as the vendor does, and reads what the answer depends on. */
export const readRequest: Vendor['read'] = ({ body, headers, knows, acceptUnknown }) => {
  const version = readVersion(headers)
  const request = parse(body)
  const model = readModel(request['model'])
  const maxTokens = readMaxTokens(request['max_tokens'])
  refuseUnknownMembers({
    request,
    version,
    acceptUnknown: acceptUnknown || headers['anthropic-beta'] !== undefined,
  })
  checkSampling(request)
  const old = model.startsWith('claude-3-')
  const messages = readMessages(request['messages'], { version, systemRole: !old })
  const system = readSystem(request['system'])
  const stream = request['stream'] ?? false
  if (typeof stream !== 'boolean') throw wrongType('stream', 'a valid boolean')
  const stop = readStopSequences(request['stop_sequences'])
  const toolCall = readToolCall(request, messages)
  if (!knows(model)) throw notFound(`model: ${model}`)
  if (old && maxTokens > claude3MaxTokens) {
    throw invalid(
      `max_tokens: ${maxTokens} > ${claude3MaxTokens}, which is the maximum allowed number of output tokens for ${model}`,
    )
  }
  return {
    model,
    stream,
    text: messages.text,
    inputTokens: countTokens(messages.characters + system.length),
    maxTokens,
    stop,
    candidates: 1,
    includeUsage: true,
    includeObfuscation: false,
    toolCall,
  }
}

/** Throws the vendor's 400 for a request without a version, or with one that it never had. */
export function readVersion(headers: IncomingHttpHeaders): string {
  const version = headers['anthropic-version']
  if (version === undefined || version === '') throw invalid('anthropic-version: header is required')
  const text = String(version)
  if (!versions.includes(text)) throw invalid(`anthropic-version: "${text}" is not a valid version`)
  return text
}

export function parse(body: Buffer): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    throw invalid('The request body is not valid JSON: unexpected character: line 1 column 1 (char 0)')
  }
  if (!isJsonObject(value)) throw invalid('Input should be a valid dictionary')
  return value
}

function readModel(model: Json | undefined): string {
  if (model === undefined) throw required('model')
  if (typeof model !== 'string') throw wrongType('model', 'a valid string')
  if (model === '') throw invalid('model: String should have at least 1 character')
  return model
}

function readMaxTokens(maxTokens: Json | undefined): number {
  if (maxTokens === undefined) throw required('max_tokens')
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens)) {
    throw wrongType('max_tokens', 'a valid integer')
  }
  if (maxTokens < 1) throw wrongType('max_tokens', 'greater than or equal to 1')
  return maxTokens
}

function refuseUnknownMembers(options: {
  readonly request: JsonObject
  readonly version: string
  readonly acceptUnknown: boolean
}): void {
  for (const member of Object.keys(options.request)) {
    if (members.has(member)) continue
    const removed = sampling.includes(member)
    if (removed && options.version === '2023-06-01') continue
    if (removed || !options.acceptUnknown) throw extra(member)
  }
}

function checkSampling(request: JsonObject): void {
  for (const member of sampling) {
    const value = request[member]
    if (value === undefined || value === null) continue
    if (typeof value !== 'number') throw wrongType(member, 'a valid number')
    if (member !== 'top_k' && (value < 0 || value > 1)) throw invalid(`${member}: range: 0..1`)
    if (member === 'top_k' && (value < 0 || !Number.isInteger(value))) {
      throw wrongType(member, 'greater than or equal to 0')
    }
  }
}

function readSystem(system: Json | undefined): string {
  if (system === undefined) return ''
  if (typeof system === 'string') return system
  if (!Array.isArray(system)) throw wrongType('system', 'a valid list')
  return readTextBlocks(system, 'system')
}

function readStopSequences(sequences: Json | undefined): readonly string[] {
  if (sequences === undefined || sequences === null) return []
  if (!Array.isArray(sequences)) throw wrongType('stop_sequences', 'a valid list')
  return sequences.map((sequence: Json, index) => {
    if (typeof sequence !== 'string') throw wrongType(`stop_sequences.${index}`, 'a valid string')
    if (sequence.trim() === '') {
      throw invalid('stop_sequences: each stop sequence must contain non-whitespace')
    }
    return sequence
  })
}
