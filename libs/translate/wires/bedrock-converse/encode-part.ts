import type { Json, JsonObject, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { isSealedReasoning } from '../../sealed-reasoning.ts'
import type { Turn } from '../../turns.ts'
import type { Warnings } from '../../warnings.ts'
import { readArguments } from '../anthropic-messages/encode-part.ts'
import { base64Of } from './base64.ts'
import { encodeCachePoint } from './cache-point.ts'
import { isOwnCitation } from './citations.ts'
import { encodeAudio, encodeDocument, encodeImage } from './encode-media.ts'
import type { ModelTraits } from './model-traits.ts'
import { toolUseId } from './tool-use-id.ts'

export type PartContext = {
  readonly warnings: Warnings
  readonly traits: ModelTraits
  /** Names of the documents so far. */
  readonly names: Set<string>
  /** Whose turn it is; `result`: inside a tool's result. */
  readonly place: Turn['role'] | 'result'
}

/** Where each kind of part may stand: "You can only include images and documents if the role is user" (Message). */
const places: Readonly<Record<Exclude<Part['type'], 'opaque'>, ReadonlySet<PartContext['place']>>> = {
  text: new Set(['user', 'assistant', 'system', 'result']),
  refusal: new Set(['user', 'assistant', 'system', 'result']),
  image: new Set(['user', 'result']),
  document: new Set(['user', 'result']),
  audio: new Set(['user']),
  reasoning: new Set(['assistant']),
  'tool-call': new Set(['assistant']),
  'tool-result': new Set(['user']),
}

type Member = readonly [kind: string, value: Json]

/** One part as a block and its cache point; none where nothing is left of it. `path` is where it stood. */
export function encodePart(part: Part, path: string, context: PartContext): readonly JsonObject[] {
  const { warnings, place } = context
  if (part.type === 'opaque') {
    if (part.wire === 'bedrock-converse') return [part.value as JsonObject]
    warnings.unsupported(path)
    return []
  }
  // "A tool result that is an image": Nova and Claude alone (ToolResultContentBlock.image).
  const inResult = place === 'result' && part.type === 'image' && !context.traits.forcedTool
  if (!places[part.type].has(place) || inResult) {
    warnings.unsupported(path)
    return []
  }
  const member = encodeKnownPart(part, path, context)
  if (member === undefined) return []
  const carried = part.cache === undefined ? [] : ['cache_control', 'prompt_cache_breakpoint']
  warnOfForeign(part.extensions, { own: 'bedrock-converse', warnings, path: `${path}.`, carried })
  const block = printBlock(member, part.extensions?.['bedrock-converse'])
  const mark = part.cache ?? (part.type === 'tool-result' ? innerMark(part) : undefined)
  if (mark === undefined || place === 'result') return [block]
  return [block, ...encodeCachePoint(mark, { ...context, path, place: 'blocks' })]
}

function printBlock([kind, value]: Member, own: JsonObject | undefined): JsonObject {
  return { [kind]: own === undefined ? value : { ...(value as JsonObject), ...own } }
}

/** No cache point stands inside a tool's result: a mark there goes behind it. */
function innerMark(part: ToolResultPart) {
  for (const inner of part.content.toReversed()) {
    if (inner.type !== 'opaque' && inner.cache !== undefined) return inner.cache
  }
  return undefined
}

function encodeKnownPart(
  part: Exclude<Part, { type: 'opaque' }>,
  path: string,
  context: PartContext,
): Member | undefined {
  switch (part.type) {
    case 'text':
      return encodeText(part, path, context)
    case 'refusal':
      return part.text.trim() === '' ? undefined : ['text', part.text]
    case 'image':
      return ['image', encodeImage(part, path, context.warnings)]
    case 'document':
      return ['document', encodeDocument(part, { ...context, path })]
    case 'audio':
      return ['audio', encodeAudio(part, path)]
    case 'reasoning':
      return encodeReasoning(part, path, context)
    case 'tool-call':
      return ['toolUse', encodeToolCall(part, path, context.warnings)]
    case 'tool-result':
      return ['toolResult', encodeToolResult(part, path, context)]
  }
}

/** "The text field in the ContentBlock object is blank": one that says nothing is left out. */
function encodeText(part: TextPart, path: string, { warnings, place }: PartContext): Member | undefined {
  if (part.text.trim() === '') return undefined
  const citations = (place === 'result' || place === 'system' ? [] : part.citations)?.filter(isOwnCitation)
  if ((citations?.length ?? 0) < (part.citations?.length ?? 0)) warnings.unsupported(`${path}.citations`)
  if (citations === undefined || citations.length === 0) return ['text', part.text]
  return ['citationsContent', { content: [{ text: part.text }], citations }]
}

/** Claude takes back only thinking that it signed itself; other models do not sign theirs. OpenAI's proof is for OpenAI. */
function encodeReasoning(part: ReasoningPart, path: string, context: PartContext): Member | undefined {
  const { text } = part
  const isSealed = isSealedReasoning(part.redacted ?? part.signature)
  const { signature, redacted } = isSealed ? { signature: undefined, redacted: undefined } : part
  if (redacted !== undefined) return ['reasoningContent', { redactedContent: base64Of(redacted) }]
  if (signature !== undefined) return ['reasoningContent', { reasoningText: { text, signature } }]
  if (context.traits.claude === undefined && text !== '') {
    if (isSealed) context.warnings.unsupported(`${path}.signature`)
    return ['reasoningContent', { reasoningText: { text } }]
  }
  context.warnings.unsupported(path)
  return undefined
}

/** Arguments are an object here. What the model wrote is no object: it goes in one, by itself. */
function encodeToolCall(part: ToolCallPart, path: string, warnings: Warnings): JsonObject {
  if (part.signature !== undefined) warnings.unsupported(`${path}.signature`)
  const input = readArguments(part.argumentsText)
  if (input === undefined) warnings.changed(path)
  return {
    toolUseId: toolUseId(part.id),
    name: part.name,
    input: input ?? { arguments: part.argumentsText },
  }
}

function encodeToolResult(part: ToolResultPart, path: string, context: PartContext): JsonObject {
  const content: JsonObject[] = []
  for (const [position, inner] of part.content.entries()) {
    content.push(...encodePart(inner, `${path}.content[${position}]`, { ...context, place: 'result' }))
  }
  const block: Record<string, Json> = { toolUseId: toolUseId(part.callId), content }
  if (part.isError !== true) return block
  if (context.traits.forcedTool) block['status'] = 'error'
  else context.warnings.unsupported(`${path}.is_error`)
  return block
}
