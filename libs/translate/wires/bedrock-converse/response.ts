import type {
  AnswerContext,
  CallerContext,
  Candidate,
  ChatResponse,
  Encoded,
  Json,
  JsonObject,
  Part,
  StopReason,
  TapFacts,
} from '#contract'
import type { Draft } from '../../draft.ts'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asList, asObject, asText } from '../../narrow.ts'
import { unknownMembers } from '../../unknown-members.ts'
import { malformedAnswer } from '../../upstream-error.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { readArguments } from '../anthropic-messages/encode-part.ts'
import { base64Of } from './base64.ts'
import { isOwnCitation } from './citations.ts'
import { decodeBlock } from './decode-answer.ts'
import { imageFormatOf } from './encode-media.ts'
import { serviceTierOf } from './service-tier.ts'
import { decodeStopReason, encodeStopReason } from './stop-reason.ts'
import { answerToolOf } from './structured-output.ts'
import type { BedrockResponse } from './types.ts'
import { decodeUsage, encodeUsage } from './usage.ts'

/** `metrics` holds the vendor's own latency, which says nothing to another wire's caller and is not told. */
const known: ReadonlySet<string> = new Set([
  ...['output', 'stopReason', 'usage', 'metrics', 'serviceTier', 'additionalModelResponseFields'],
])

/** Wire → canonical. The vendor's answers have no id and do not name the model. Throws `upstream-failed` for what is none. */
export function decodeResponse(body: JsonObject, context: AnswerContext): ChatResponse {
  const content = asList(asObject(asObject(body['output'])?.['message'])?.['content'])
  if (content === undefined) throw malformedAnswer('it has no output.message.content')
  const answerTool = answerToolOf(context.request, context.model)?.name
  const parts = content.map((block) => decodeBlock(block, answerTool))
  const fields = readModelFields(body['additionalModelResponseFields'])
  const candidate: Candidate = {
    index: 0,
    parts,
    stopReason: readStopReason({
      raw: asText(body['stopReason']),
      sequence: fields.sequence,
      onlyAnswered: answerTool !== undefined && !parts.some((part) => part.type === 'tool-call'),
    }),
  }
  const response: Draft<ChatResponse> = { id: '', model: context.model, candidates: [candidate] }
  const usage = asObject(body['usage'])
  if (usage !== undefined) response.usage = decodeUsage(usage)
  const tier = asText(asObject(body['serviceTier'])?.['type'])
  if (tier !== undefined) response.serviceTier = tier
  const unknown = { ...unknownMembers(body, known), ...fields.rest }
  if (Object.keys(unknown).length > 0) response.extensions = { 'bedrock-converse': unknown }
  return response
}

/** `onlyAnswered`: the call that ended the answer was the answer itself. */
export function readStopReason(facts: {
  readonly raw: string | undefined
  readonly sequence: string | undefined
  readonly onlyAnswered: boolean
}): StopReason {
  if (facts.onlyAnswered && facts.raw === 'tool_use') return { unified: 'stop', raw: 'end_turn' }
  return decodeStopReason(facts.raw, facts.raw === 'stop_sequence' ? facts.sequence : undefined)
}

/** What the model's own API said beside: the stop sequence that was met, which we may have asked for, and the rest. */
export function readModelFields(value: Json | undefined): {
  readonly sequence: string | undefined
  readonly rest: JsonObject
} {
  const { stop_sequence: sequence, ...others } = asObject(value) ?? {}
  const rest = Object.keys(others).length > 0 ? { additionalModelResponseFields: others } : {}
  return { sequence: asText(sequence), rest }
}

/** Canonical → wire. An answer is one message: further candidates are named in a warning. */
export function encodeResponse(response: ChatResponse, caller: CallerContext): Encoded {
  const warnings = createWarnings()
  const [candidate] = response.candidates
  for (const other of response.candidates.slice(1)) warnings.unsupported(`choices[${other.index}]`)
  const parts = candidate?.parts ?? []
  const calledTool = parts.some((part) => part.type === 'tool-call')
  const reason: StopReason = candidate?.stopReason ?? { unified: 'other', raw: null }
  const body: Draft<BedrockResponse> = {
    output: { message: { role: 'assistant', content: encodeParts(parts, warnings) } },
    stopReason: encodeStopReason(reason, calledTool),
    usage: encodeUsage(response.usage),
    // Required, and known to nobody who only translates.
    metrics: { latencyMs: 0 },
  }
  if (response.serviceTier !== undefined) {
    const type = serviceTierOf(response.serviceTier)
    if (type === undefined) warnings.unsupported('service_tier')
    else body.serviceTier = { type }
  }
  if (candidate?.logprobs !== undefined) warnings.unsupported('choices[0].logprobs')
  warnOfForeign(response.extensions, { own: 'bedrock-converse', warnings })
  warnOfForeign(candidate?.extensions, { own: 'bedrock-converse', warnings, path: 'choices[0].message.' })
  const own = response.extensions?.['bedrock-converse']
  const fields = encodeModelFields(reason, own?.['additionalModelResponseFields'], caller)
  const whole = { ...body, ...own, ...(fields !== undefined && { additionalModelResponseFields: fields }) }
  return { body: whole, warnings: warnings.all() }
}

/** The stop sequence, where the caller asked for it (`additionalModelResponseFieldPaths: ["/stop_sequence"]`). */
export function encodeModelFields(
  reason: StopReason,
  own: Json | undefined,
  { request }: CallerContext,
): Json | undefined {
  const paths = asList(request.extensions?.['bedrock-converse']?.['additionalModelResponseFieldPaths'])
  if (!paths?.includes('/stop_sequence')) return own
  return { ...asObject(own), stop_sequence: reason.sequence ?? null }
}

function encodeParts(parts: readonly Part[], warnings: Warnings): readonly JsonObject[] {
  const content: JsonObject[] = []
  for (const [position, part] of parts.entries()) {
    const block = encodeBlock(part)
    if (block === undefined) warnings.unsupported(`choices[0].message.content[${position}]`)
    else content.push(block)
    if (part.type === 'text' && !(part.citations ?? []).every(isOwnCitation)) {
      warnings.unsupported(`choices[0].message.content[${position}].citations`)
    }
  }
  return content
}

function encodeBlock(part: Part): JsonObject | undefined {
  switch (part.type) {
    case 'text': {
      const citations = part.citations?.filter(isOwnCitation) ?? []
      return citations.length === 0
        ? { text: part.text }
        : { citationsContent: { content: [{ text: part.text }], citations } }
    }
    case 'refusal':
      return { text: part.text }
    case 'reasoning':
      return { reasoningContent: encodeReasoning(part) }
    case 'tool-call':
      return { toolUse: { toolUseId: part.id, name: part.name, input: readInput(part.argumentsText) } }
    case 'image': {
      const format = part.source.kind === 'base64' ? imageFormatOf(part.source.mediaType) : undefined
      if (part.source.kind !== 'base64' || format === undefined) return undefined
      return { image: { format, source: { bytes: part.source.data } } }
    }
    case 'opaque':
      return part.wire === 'bedrock-converse' ? asObject(part.value) : undefined
    default:
      return undefined
  }
}

function encodeReasoning(part: Extract<Part, { type: 'reasoning' }>): JsonObject {
  const { text, signature, redacted } = part
  if (redacted !== undefined) return { redactedContent: base64Of(redacted) }
  return { reasoningText: signature === undefined ? { text } : { text, signature } }
}

/** The arguments as the object that this wire wants; text that is none (a cut answer) goes in one, by itself. */
function readInput(text: string): JsonObject {
  return readArguments(text) ?? { arguments: text }
}

/** Facts of a whole native answer. */
export function tapResponse(body: JsonObject): TapFacts {
  const facts: Draft<TapFacts> = {}
  const usage = asObject(body['usage'])
  if (usage !== undefined) facts.usage = decodeUsage(usage)
  const stopReason = asText(body['stopReason'])
  if (stopReason !== undefined) facts.stopReason = stopReason
  return facts
}
