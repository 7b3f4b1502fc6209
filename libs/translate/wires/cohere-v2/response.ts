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
import { asList, asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings } from '../../warnings.ts'
import { looseCitations, withCitations } from './decode-message.ts'
import { encodeAnswer } from './encode-answer.ts'
import { decodeFailure } from './errors.ts'
import { decodeLogprobs, encodeLogprobs, losesItems } from './logprobs.ts'
import { decodeStopReason, encodeStopReason, losesReason } from './stop-reason.ts'
import { decodeUsage, encodeUsage } from './usage.ts'

const known: ReadonlySet<string> = new Set(['id', 'finish_reason', 'message', 'usage', 'logprobs'])
const knownOfMessage: ReadonlySet<string> = new Set([
  ...['role', 'content', 'tool_calls', 'tool_plan', 'citations'],
])

/** Wire → canonical. Throws the failure that the answer reports, and `upstream-failed` for what is no answer. */
export function decodeResponse(body: JsonObject): ChatResponse {
  const failure = decodeFailure(body)
  if (failure !== undefined) throw failure
  const message = asObject(body['message'])
  if (message === undefined) throw malformedAnswer('it has no message')
  const parts = decodeMessage(message)
  const candidate: Draft<Candidate> = {
    index: 0,
    parts,
    stopReason: decodeStopReason(asText(body['finish_reason']) ?? null),
  }
  const items = asList(body['logprobs']) ?? []
  const logprobs = decodeLogprobs(items)
  if (logprobs !== undefined) candidate.logprobs = logprobs
  const own: Record<string, Json> = { ...unknownMembers(message, knownOfMessage) } as Record<string, Json>
  const loose = looseCitations(message, parts)
  if (loose.length > 0) own['citations'] = loose
  if (Object.keys(own).length > 0) candidate.extensions = { 'cohere-v2': own }
  // The vendor does not say which model answered.
  const response: Draft<ChatResponse> = {
    id: asText(body['id']) ?? '',
    model: '',
    candidates: [candidate],
  }
  const usage = asObject(body['usage'])
  if (usage !== undefined) response.usage = decodeUsage(usage)
  const unknown: JsonObject = {
    ...unknownMembers(body, known),
    ...(losesItems(items) && { logprobs: items }),
  }
  if (Object.keys(unknown).length > 0) response.extensions = { 'cohere-v2': unknown }
  return response
}

function decodeMessage(message: JsonObject): readonly Part[] {
  const plan = asText(message['tool_plan'])
  const parts: Part[] = plan ? [{ type: 'reasoning', text: plan, plan: true }] : []
  parts.push(...withCitations(decodeContent(message['content']), asList(message['citations']) ?? []))
  for (const call of asList(message['tool_calls']) ?? []) parts.push(decodeToolCall(call))
  return parts
}

function decodeContent(content: Json | undefined): readonly Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  return (asList(content) ?? []).map((value): Part => {
    const block = asObject(value)
    const text = asText(block?.['text'])
    const thinking = asText(block?.['thinking'])
    if (block?.['type'] === 'text' && text !== undefined) return { type: 'text', text }
    if (block?.['type'] === 'thinking' && thinking !== undefined) return { type: 'reasoning', text: thinking }
    return { type: 'opaque', wire: 'cohere-v2', value }
  })
}

function decodeToolCall(value: Json): Part {
  const call = asObject(value)
  const called = asObject(call?.['function'])
  const name = asText(called?.['name'])
  if (called === undefined || name === undefined) return { type: 'opaque', wire: 'cohere-v2', value }
  const argumentsText = asText(called['arguments']) ?? ''
  return { type: 'tool-call', id: asText(call?.['id']) ?? '', name, argumentsText: argumentsText || '{}' }
}

/** Canonical → wire. There is one answer here: further candidates are named in a warning. */
export function encodeResponse(response: ChatResponse, caller: CallerContext): Encoded {
  const warnings = createWarnings()
  const [candidate] = response.candidates
  for (const other of response.candidates.slice(1)) warnings.unsupported(`choices[${other.index}]`)
  const reason = candidate?.stopReason ?? { unified: 'stop', raw: null }
  if (losesReason(reason)) warnings.changed('finish_reason')
  const calledTool = candidate?.parts.some((part) => part.type === 'tool-call') ?? false
  const own = response.extensions?.['cohere-v2']
  const body: Record<string, Json> = {
    id: response.id === '' ? caller.requestId : response.id,
    finish_reason: encodeStopReason(reason, calledTool),
    message: encodeAnswer(candidate, warnings),
    usage: encodeUsage(response.usage),
  }
  if (candidate?.logprobs !== undefined) body['logprobs'] = encodeLogprobs(candidate.logprobs, warnings)
  warnOfForeign(response.extensions, { own: 'cohere-v2', warnings })
  return { body: own === undefined ? body : { ...body, ...own }, warnings: warnings.all() }
}

/** Facts of a whole native answer. */
export function tapResponse(body: JsonObject): TapFacts {
  const facts: Draft<TapFacts> = {}
  const usage = asObject(body['usage'])
  if (usage !== undefined) facts.usage = decodeUsage(usage)
  const stopReason = asText(body['finish_reason'])
  if (stopReason !== undefined) facts.stopReason = stopReason
  return facts
}
