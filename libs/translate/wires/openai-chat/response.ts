import type {
  CallerContext,
  Candidate,
  ChatResponse,
  Encoded,
  Json,
  JsonObject,
  Part,
  TapFacts,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asList, asNumber, asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { decodeChunk } from './content-chunk.ts'
import { decodeStreamError } from './errors.ts'
import { decodeStopReason, encodeStopReason } from './stop-reason.ts'
import type { OpenAiMessage, OpenAiToolCall } from './types.ts'
import { decodeUsage, encodeUsage } from './usage.ts'

const known: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'service_tier',
])
const knownOfMessage: ReadonlySet<string> = new Set([
  ...['role', 'content', 'refusal', 'tool_calls', 'reasoning_content', 'reasoning'],
])

/** Wire → canonical. Throws `upstream-failed` for what is no chat completion. */
export function decodeResponse(body: JsonObject): ChatResponse {
  const choices = asList(body['choices'])
  if (choices === undefined) {
    // Some servers answer 200 with an error inside.
    if (asObject(body['error']) !== undefined) throw decodeStreamError(body['error'] ?? null)
    throw malformedAnswer('it has no choices')
  }
  const response: Draft<ChatResponse> = {
    id: asText(body['id']) ?? '',
    model: asText(body['model']) ?? '',
    candidates: choices.map(decodeChoice),
  }
  const created = asNumber(body['created'])
  if (created !== undefined) response.createdAtSeconds = created
  const usage = asObject(body['usage'])
  if (usage !== undefined) response.usage = decodeUsage(usage)
  const serviceTier = asText(body['service_tier'])
  if (serviceTier !== undefined) response.serviceTier = serviceTier
  const unknown = unknownMembers(body, known)
  if (unknown !== undefined) response.extensions = { 'openai-chat': unknown }
  return response
}

function decodeChoice(value: Json, position: number): Candidate {
  const choice = asObject(value)
  const message = asObject(choice?.['message'])
  if (choice === undefined || message === undefined)
    throw malformedAnswer(`choices[${position}] has no message`)
  const candidate: Draft<Candidate> = {
    index: asNumber(choice['index']) ?? position,
    parts: decodeMessage(message),
    stopReason: decodeStopReason(asText(choice['finish_reason']) ?? null),
  }
  const logprobs = choice['logprobs']
  if (logprobs !== undefined && logprobs !== null) candidate.logprobs = logprobs
  const unknown = unknownMembers(message, knownOfMessage)
  if (unknown !== undefined) candidate.extensions = { 'openai-chat': unknown }
  return candidate
}

function decodeMessage(message: JsonObject): readonly Part[] {
  const parts: Part[] = []
  const reasoning = asText(message['reasoning_content']) ?? asText(message['reasoning'])
  if (reasoning !== undefined && reasoning !== '') parts.push({ type: 'reasoning', text: reasoning })
  parts.push(...decodeContent(message['content']))
  const refusal = asText(message['refusal'])
  if (refusal !== undefined) parts.push({ type: 'refusal', text: refusal })
  for (const call of asList(message['tool_calls']) ?? []) parts.push(decodeToolCall(call))
  return parts
}

/** A text, or (other servers of this wire) a list of parts. */
function decodeContent(content: Json | undefined): readonly Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  return (asList(content) ?? []).map((value) => {
    const piece = decodeChunk(value)
    return piece === undefined
      ? { type: 'opaque', wire: 'openai-chat', value }
      : { type: piece.kind, text: piece.text }
  })
}

function decodeToolCall(value: Json): Part {
  const called = asObject(asObject(value)?.['function'])
  const name = asText(called?.['name'])
  if (called === undefined || name === undefined) return { type: 'opaque', wire: 'openai-chat', value }
  const id = asText(asObject(value)?.['id']) ?? ''
  return { type: 'tool-call', id, name, argumentsText: argumentsOf(called['arguments']) }
}

/** Text by the vendor's own word; an object from servers that parse it. */
function argumentsOf(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Canonical → wire. */
export function encodeResponse(response: ChatResponse, caller: CallerContext): Encoded {
  const warnings = createWarnings()
  const body: Record<string, Json> = {
    id: response.id === '' ? `chatcmpl-${caller.requestId}` : response.id,
    object: 'chat.completion',
    created: response.createdAtSeconds ?? caller.nowSeconds,
    model: response.model === '' ? caller.model : response.model,
    choices: response.candidates.map((candidate) => encodeChoice(candidate, warnings)),
  }
  if (response.usage !== undefined) body['usage'] = encodeUsage(response.usage)
  const tier = encodeServiceTier(response.serviceTier)
  if (tier !== undefined) body['service_tier'] = tier
  else if (response.serviceTier !== undefined) warnings.unsupported('usage.service_tier')
  warnOfForeign(response.extensions, { own: 'openai-chat', warnings })
  const own = response.extensions?.['openai-chat']
  return { body: own === undefined ? body : { ...body, ...own }, warnings: warnings.all() }
}

const tiers: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority'])

/** Anthropic's `standard` is this wire's `default`; its `batch` has no word here. */
function encodeServiceTier(tier: string | undefined): string | undefined {
  if (tier === 'standard') return 'default'
  return tier !== undefined && tiers.has(tier) ? tier : undefined
}

function encodeChoice(candidate: Candidate, warnings: Warnings): JsonObject {
  warnOfForeign(candidate.extensions, { own: 'openai-chat', warnings })
  const own = candidate.extensions?.['openai-chat']
  const message = encodeMessage(candidate, warnings)
  return {
    index: candidate.index,
    message: own === undefined ? message : { ...message, ...own },
    logprobs: candidate.logprobs ?? null,
    finish_reason: encodeStopReason(candidate.stopReason),
  }
}

/** Texts are joined: the blocks of one answer are one text here. What has no field is named in a warning. */
function encodeMessage(candidate: Candidate, warnings: Warnings): OpenAiMessage {
  let content: string | null = null
  let refusal: string | null = null
  const calls: OpenAiToolCall[] = []
  for (const [position, part] of candidate.parts.entries()) {
    switch (part.type) {
      case 'text':
        content = (content ?? '') + part.text
        if (part.citations !== undefined) warnings.unsupported(`content[${position}].citations`)
        break
      case 'refusal':
        refusal = (refusal ?? '') + part.text
        break
      case 'tool-call':
        calls.push({
          id: part.id,
          type: 'function',
          function: { name: part.name, arguments: part.argumentsText === '' ? '{}' : part.argumentsText },
        })
        break
      default:
        warnings.unsupported(`content[${position}]`)
    }
  }
  const text = content === null && refusal === null && calls.length === 0 ? '' : content
  const message: OpenAiMessage = { role: 'assistant', content: text, refusal }
  return calls.length === 0 ? message : { ...message, tool_calls: calls }
}

/** Facts of a whole native answer. */
export function tapResponse(body: JsonObject): TapFacts {
  const facts: Draft<TapFacts> = {}
  const usage = asObject(body['usage'])
  if (usage !== undefined) facts.usage = decodeUsage(usage)
  const model = asText(body['model'])
  if (model !== undefined) facts.model = model
  const stopReason = asText(asObject(asList(body['choices'])?.[0])?.['finish_reason'])
  if (stopReason !== undefined) facts.stopReason = stopReason
  return facts
}
