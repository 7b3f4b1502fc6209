import type {
  ChatRequest,
  Decoded,
  Json,
  JsonObject,
  Message,
  ReasoningOptions,
  RequestAddress,
  Sampling,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { invalidRequest } from '../../invalid-request.ts'
import { asNumber, asObject } from '../../narrow.ts'
import {
  optionalList,
  optionalNumber,
  optionalObject,
  optionalText,
  optionalTexts,
  readMessages,
  requiredObject,
  requiredText,
} from '../../request-members.ts'
import { setMember } from '../../set-member.ts'
import { splitToolTurns } from '../../turns.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { decodeThinking } from '../anthropic-messages/decode-tools.ts'
import { decodeContent } from './decode-part.ts'
import { decodeTextFormat, decodeToolChoice, decodeTools } from './decode-tools.ts'
import { readModelId } from './peek.ts'

/** Top-level members that the canonical request has a place for; all others are extensions. `fallbacks` is ours. */
const known: ReadonlySet<string> = new Set([
  ...['messages', 'system', 'inferenceConfig', 'toolConfig', 'requestMetadata', 'serviceTier', 'fallbacks'],
  ...['additionalModelRequestFields', 'outputConfig'],
])
const knownOfMessage: ReadonlySet<string> = new Set(['role', 'content'])

type Members = Record<string, Json>

/** Wire → canonical. Throws `invalid-request` naming the member. */
export function decodeRequest(body: JsonObject, address: RequestAddress = {}): Decoded {
  const warnings = createWarnings()
  const request: Draft<ChatRequest> = {
    model: readModelId(address),
    stream: address.stream === true,
    streamUsage: true,
    messages: [
      ...decodeSystem(body, warnings),
      ...readMessages(body).flatMap((message, index) => decodeMessage(message, index, warnings)),
    ],
    sampling: {},
  }
  const extensions: Members = { ...(unknownMembers(body, known) as Members | undefined) }
  request.sampling = decodeSampling(body, extensions)
  decodeToolConfig(body, request, extensions)
  decodeOutput(body, request, extensions)
  decodeModelFields(body, request, extensions)
  const metadata = optionalObject(body, 'requestMetadata')
  if (metadata !== undefined) request.metadata = metadata
  const tier = optionalObject(body, 'serviceTier')
  const tierType = tier && optionalText(tier, 'type', 'serviceTier.')
  if (tierType !== undefined) request.serviceTier = tierType
  if (Object.keys(extensions).length > 0) request.extensions = { 'bedrock-converse': extensions }
  return { request, warnings: warnings.all() }
}

/** The system prompt is the first turn, whose parts stand in `system`. */
function decodeSystem(body: JsonObject, warnings: Warnings): readonly Message[] {
  const system = optionalList(body, 'system')
  if (system === undefined || system.length === 0) return []
  const { items: parts, positions } = decodeContent(system, 'system', warnings)
  return [withPositions({ role: 'system', parts, path: 'system' }, positions)]
}

/** A user turn that holds tool results is cut where they begin and end: they are turns of the tool. */
function decodeMessage(value: Json, index: number, warnings: Warnings): readonly Message[] {
  const path = `messages[${index}]`
  const object = requiredObject(value, path)
  const role = requiredText(object, 'role', `${path}.`)
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw invalidRequest(`${path}.role`, `${path}.role must be user, assistant or system.`, 'invalid_value')
  }
  const { items: parts, positions } = decodeContent(object['content'], `${path}.content`, warnings)
  const cut: readonly Message[] = role === 'user' ? splitToolTurns(parts, path) : [{ role, parts, path }]
  const turns = cut.map((turn) => withPositions(turn, positions))
  const unknown = unknownMembers(object, knownOfMessage)
  if (unknown === undefined) return turns
  return turns.map((turn) => ({ ...turn, extensions: { 'bedrock-converse': unknown } }))
}

/** Cache points are no parts: what stands behind one has moved up. `positions` are those of the whole message. */
function withPositions(turn: Message, positions: readonly number[]): Message {
  const first = turn.firstPart ?? 0
  const own = positions.slice(first, first + turn.parts.length)
  return own.every((position, index) => position === first + index) ? turn : { ...turn, partPositions: own }
}

function decodeSampling(body: JsonObject, extensions: Members): Sampling {
  const config = optionalObject(body, 'inferenceConfig') ?? {}
  const at = 'inferenceConfig.'
  const { maxTokens: _m, temperature: _t, topP: _p, stopSequences: _s, ...others } = config
  if (Object.keys(others).length > 0) extensions['inferenceConfig'] = others
  const sampling: Draft<Sampling> = {}
  const maxOutputTokens = optionalNumber(config, 'maxTokens', at)
  if (maxOutputTokens !== undefined) sampling.maxOutputTokens = maxOutputTokens
  const temperature = optionalNumber(config, 'temperature', at)
  if (temperature !== undefined) sampling.temperature = temperature
  const topP = optionalNumber(config, 'topP', at)
  if (topP !== undefined) sampling.topP = topP
  const stop = optionalTexts(config, 'stopSequences', at)
  if (stop !== undefined) sampling.stop = stop
  return sampling
}

function decodeToolConfig(body: JsonObject, request: Draft<ChatRequest>, extensions: Members): void {
  const config = optionalObject(body, 'toolConfig')
  if (config === undefined) return
  const { tools: _tools, toolChoice: _choice, ...others } = config
  const tools = optionalList(config, 'tools', 'toolConfig.')
  if (tools !== undefined) request.tools = decodeTools(tools)
  const choice = decodeToolChoice(optionalObject(config, 'toolChoice', 'toolConfig.'))
  if (choice !== undefined) request.toolChoice = choice
  if (Object.keys(others).length > 0) extensions['toolConfig'] = others
}

const efforts: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max'])

function decodeOutput(body: JsonObject, request: Draft<ChatRequest>, extensions: Members): void {
  const config = optionalObject(body, 'outputConfig')
  if (config === undefined) return
  const rest: Members = {}
  for (const [name, value] of Object.entries(config)) {
    if (value === undefined || value === null) continue
    const format = name === 'textFormat' ? asObject(value) : undefined
    const responseFormat = format && decodeTextFormat(format)
    if (responseFormat !== undefined) request.responseFormat = responseFormat
    else if (name === 'effort' && efforts.has(String(value))) {
      request.reasoning = { effort: value as NonNullable<ReasoningOptions['effort']> }
    } else setMember(rest, name, value)
  }
  if (Object.keys(rest).length > 0) extensions['outputConfig'] = rest
}

/**
 * `additionalModelRequestFields` is whatever the model's own API takes: Claude's `thinking` and `top_k` have a neutral
 * form, all others stay this wire's.
 */
function decodeModelFields(body: JsonObject, request: Draft<ChatRequest>, extensions: Members): void {
  const value = body['additionalModelRequestFields']
  const fields = asObject(value)
  if (fields === undefined) {
    if (value !== undefined && value !== null) extensions['additionalModelRequestFields'] = value
    return
  }
  const rest: Members = {}
  for (const [name, field] of Object.entries(fields)) {
    if (field !== undefined && !takeModelField(request, name, field)) setMember(rest, name, field)
  }
  if (Object.keys(rest).length > 0) extensions['additionalModelRequestFields'] = rest
}

/** True when the canonical request has a place for it. */
function takeModelField(request: Draft<ChatRequest>, name: string, field: Json): boolean {
  if (name === 'top_k') {
    const topK = asNumber(field)
    if (topK === undefined) return false
    request.sampling = { ...request.sampling, topK }
    return true
  }
  const thinking = name === 'thinking' ? asObject(field) : undefined
  const reasoning = thinking && decodeThinking(thinking, request.reasoning?.effort)
  if (reasoning?.enabled === undefined) return false
  request.reasoning = reasoning
  return true
}
