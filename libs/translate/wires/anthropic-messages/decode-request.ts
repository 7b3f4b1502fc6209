import type { ChatRequest, Decoded, Json, JsonObject, Message, Sampling } from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { readStream } from '../../peek-members.ts'
import {
  optionalList,
  optionalNumber,
  optionalObject,
  optionalText,
  optionalTexts,
  readMessages,
  readModel,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { splitToolTurns } from '../../turns.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { decodeCacheMark } from './cache-mark.ts'
import { decodeContent } from './decode-part.ts'
import { decodeOutput, decodeThinking, decodeToolChoice, decodeTools } from './decode-tools.ts'
import { hasVendorFallbacks } from './peek.ts'

/** Top-level members that the canonical request has a place for; all others are extensions. */
const known: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'system', 'stream', 'max_tokens', 'stop_sequences'],
  ...['temperature', 'top_p', 'top_k', 'metadata', 'service_tier', 'cache_control'],
  ...['tools', 'tool_choice', 'thinking', 'output_config'],
])
const knownOfMessage: ReadonlySet<string> = new Set(['role', 'content'])

/** Wire → canonical. Throws `invalid-request` naming the member. */
export function decodeRequest(body: JsonObject): Decoded {
  const request: Draft<ChatRequest> = {
    model: readModel(body),
    stream: readStream(body),
    streamUsage: true,
    messages: [...decodeSystem(body), ...readMessages(body).flatMap(decodeMessage)],
    sampling: decodeSampling(body),
  }
  decodeToolMembers(body, request)
  decodeAccount(body, request)
  const unknown = decodeExtensions(body, request)
  if (unknown !== undefined) request.extensions = { 'anthropic-messages': unknown }
  return { request, warnings: [] }
}

function decodeToolMembers(body: JsonObject, request: Draft<ChatRequest>): void {
  const tools = decodeTools(optionalList(body, 'tools'))
  if (tools !== undefined) request.tools = tools
  const choice = decodeToolChoice(optionalObject(body, 'tool_choice'))
  if (choice?.toolChoice !== undefined) request.toolChoice = choice.toolChoice
  if (choice?.parallelToolCalls !== undefined) request.parallelToolCalls = choice.parallelToolCalls
  const { responseFormat, effort } = decodeOutput(optionalObject(body, 'output_config'))
  if (responseFormat !== undefined) request.responseFormat = responseFormat
  const reasoning = decodeThinking(optionalObject(body, 'thinking'), effort)
  if (reasoning !== undefined) request.reasoning = reasoning
}

function decodeAccount(body: JsonObject, request: Draft<ChatRequest>): void {
  const metadata = optionalObject(body, 'metadata')
  if (metadata !== undefined) {
    const { user_id: _user, ...others } = metadata
    const user = optionalText(metadata, 'user_id', 'metadata.')
    if (user !== undefined) request.user = user
    if (Object.keys(others).length > 0) request.metadata = others
  }
  const serviceTier = optionalText(body, 'service_tier')
  if (serviceTier !== undefined) request.serviceTier = serviceTier
  const cache = decodeCacheMark(body)
  if (cache !== undefined) request.cache = cache
}

/** Unknown members, and what of the known ones has no neutral form. */
function decodeExtensions(body: JsonObject, request: ChatRequest): JsonObject | undefined {
  const unknown = { ...unknownMembers(body, known) }
  if (!hasVendorFallbacks(body)) delete unknown['fallbacks']
  const thinking = optionalObject(body, 'thinking')
  if (thinking !== undefined && request.reasoning?.enabled === undefined) unknown['thinking'] = thinking
  const { effort: _effort, format: _format, ...output } = optionalObject(body, 'output_config') ?? {}
  if (Object.keys(output).length > 0) unknown['output_config'] = output
  return Object.keys(unknown).length === 0 ? undefined : unknown
}

function decodeSampling(body: JsonObject): Sampling {
  const maxOutputTokens = optionalNumber(body, 'max_tokens')
  if (maxOutputTokens === undefined) {
    throw invalidRequest('max_tokens', 'max_tokens: Field required', 'missing_required_parameter')
  }
  const sampling: Draft<Sampling> = { maxOutputTokens }
  const set = <K extends keyof Sampling>(member: K, value: Sampling[K] | undefined) => {
    if (value !== undefined) sampling[member] = value
  }
  set('temperature', optionalNumber(body, 'temperature'))
  set('topP', optionalNumber(body, 'top_p'))
  set('topK', optionalNumber(body, 'top_k'))
  set('stop', optionalTexts(body, 'stop_sequences'))
  return sampling
}

/** The system prompt is the first turn, whose parts stand in `system`. */
function decodeSystem(body: JsonObject): readonly Message[] {
  const { system } = body
  if (system === undefined || system === null) return []
  return [{ role: 'system', parts: decodeContent(system, 'system'), path: 'system' }]
}

/** A user turn that holds tool results is cut where they begin and end: they are turns of the tool. */
function decodeMessage(value: Json, index: number): readonly Message[] {
  const path = `messages[${index}]`
  const object = requiredObject(value, path)
  const role = requiredText(object, 'role', `${path}.`)
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw invalidRequest(`${path}.role`, `${path}.role must be user, assistant or system.`, 'invalid_value')
  }
  const parts = decodeContent(object['content'], `${path}.content`)
  const turns: readonly Message[] = role === 'user' ? splitToolTurns(parts, path) : [{ role, parts, path }]
  const unknown = unknownMembers(object, knownOfMessage)
  if (unknown === undefined) return turns
  return turns.map((turn) => ({ ...turn, extensions: { 'anthropic-messages': unknown } }))
}
