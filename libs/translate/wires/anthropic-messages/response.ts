import type {
  CallerContext,
  Candidate,
  ChatResponse,
  Encoded,
  Json,
  JsonObject,
  Part,
  TapFacts,
  TextPart,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { parseExact } from '../../exact-json.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asList, asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { isCitation } from './citations.ts'
import { decodeStreamError } from './errors.ts'
import { decodeStopReason, encodeStopReason } from './stop-reason.ts'
import { type AnthropicMessage, directCaller } from './types.ts'
import { decodeUsage, encodeUsage } from './usage.ts'

const known: ReadonlySet<string> = new Set([
  ...['id', 'type', 'role', 'model', 'content', 'stop_reason', 'stop_sequence', 'usage'],
])

/** Wire → canonical. Throws `upstream-failed` for what is no message. */
export function decodeResponse(body: JsonObject): ChatResponse {
  const content = asList(body['content'])
  if (content === undefined) {
    if (body['type'] === 'error') throw decodeStreamError(body)
    throw malformedAnswer('it has no content')
  }
  const candidate: Candidate = {
    index: 0,
    parts: content.map(decodeBlock),
    stopReason: decodeStopReason(asText(body['stop_reason']) ?? null, asText(body['stop_sequence'])),
  }
  const response: Draft<ChatResponse> = {
    id: asText(body['id']) ?? '',
    model: asText(body['model']) ?? '',
    candidates: [candidate],
  }
  const usage = asObject(body['usage'])
  if (usage !== undefined) {
    response.usage = decodeUsage(usage)
    const serviceTier = asText(usage['service_tier'])
    if (serviceTier !== undefined) response.serviceTier = serviceTier
  }
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) response.extensions = { 'anthropic-messages': unknown }
  return response
}

function decodeBlock(value: Json): Part {
  const block = asObject(value)
  return (block && decodeKnownBlock(block)) ?? { type: 'opaque', wire: 'anthropic-messages', value }
}

function decodeKnownBlock(block: JsonObject): Part | undefined {
  switch (block['type']) {
    case 'text':
      return decodeText(block)
    case 'thinking': {
      const signature = asText(block['signature'])
      const text = asText(block['thinking']) ?? ''
      return signature === undefined ? { type: 'reasoning', text } : { type: 'reasoning', text, signature }
    }
    case 'redacted_thinking':
      return { type: 'reasoning', text: '', redacted: asText(block['data']) ?? '' }
    case 'tool_use':
      return {
        type: 'tool-call',
        id: asText(block['id']) ?? '',
        name: asText(block['name']) ?? '',
        argumentsText: JSON.stringify(block['input'] ?? {}),
      }
    default:
      return undefined
  }
}

function decodeText(block: JsonObject): TextPart {
  const text = asText(block['text']) ?? ''
  const citations = asList(block['citations'])
  return citations === undefined || citations.length === 0
    ? { type: 'text', text }
    : { type: 'text', text, citations }
}

/** Canonical → wire. A message is one answer: further candidates are named in a warning. */
export function encodeResponse(response: ChatResponse, caller: CallerContext): Encoded {
  const warnings = createWarnings()
  const [candidate] = response.candidates
  for (const other of response.candidates.slice(1)) warnings.unsupported(`choices[${other.index}]`)
  const parts = candidate?.parts ?? []
  const calledTool = parts.some((part) => part.type === 'tool-call')
  const body: AnthropicMessage = {
    id: response.id === '' ? `msg_${caller.requestId}` : response.id,
    type: 'message',
    role: 'assistant',
    model: response.model === '' ? caller.model : response.model,
    content: encodeParts(parts, warnings),
    stop_reason: candidate === undefined ? 'end_turn' : encodeStopReason(candidate.stopReason, calledTool),
    stop_sequence: candidate?.stopReason.sequence ?? null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: encodeUsage(response.usage, response.serviceTier),
  }
  if (response.serviceTier !== undefined && body.usage.service_tier === null)
    warnings.unsupported('service_tier')
  if (candidate?.logprobs !== undefined) warnings.unsupported('choices[0].logprobs')
  warnOfForeign(response.extensions, { own: 'anthropic-messages', warnings })
  warnOfForeign(candidate?.extensions, { own: 'anthropic-messages', warnings, path: 'choices[0].message.' })
  const own = response.extensions?.['anthropic-messages']
  return { body: own === undefined ? body : { ...body, ...own }, warnings: warnings.all() }
}

function encodeParts(parts: readonly Part[], warnings: Warnings): readonly JsonObject[] {
  const content: JsonObject[] = []
  for (const [position, part] of parts.entries()) {
    const block = encodeBlock(part)
    if (block === undefined) warnings.unsupported(`choices[0].message.content[${position}]`)
    else content.push(block)
    if (part.type === 'text' && part.citations?.every(isCitation) === false) {
      warnings.unsupported(`choices[0].message.content[${position}].citations`)
    }
  }
  return content
}

function encodeBlock(part: Part): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, citations: part.citations?.filter(isCitation) ?? null }
    case 'refusal':
      return { type: 'text', text: part.text, citations: null }
    case 'reasoning':
      return part.redacted !== undefined
        ? { type: 'redacted_thinking', data: part.redacted }
        : { type: 'thinking', thinking: part.text, signature: part.signature ?? '' }
    case 'tool-call':
      return {
        type: 'tool_use',
        id: part.id,
        name: part.name,
        input: readInput(part.argumentsText),
        caller: directCaller,
      }
    case 'opaque':
      return part.wire === 'anthropic-messages' ? asObject(part.value) : undefined
    default:
      return undefined
  }
}

/** The arguments as the object that this wire wants; text that is none (a cut answer) goes in one, by itself. */
function readInput(text: string): JsonObject {
  if (text.trim() === '') return {}
  try {
    return asObject(parseExact(text)) ?? { arguments: text }
  } catch {
    return { arguments: text }
  }
}

/** Facts of a whole native answer. */
export function tapResponse(body: JsonObject): TapFacts {
  const facts: Draft<TapFacts> = {}
  const usage = asObject(body['usage'])
  if (usage !== undefined) facts.usage = decodeUsage(usage)
  const model = asText(body['model'])
  if (model !== undefined) facts.model = model
  const stopReason = asText(body['stop_reason'])
  if (stopReason !== undefined) facts.stopReason = stopReason
  return facts
}
