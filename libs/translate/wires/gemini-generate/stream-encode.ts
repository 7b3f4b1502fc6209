import type {
  BlockDelta,
  BlockStart,
  CallerContext,
  ChatEvent,
  Json,
  JsonObject,
  StopReason,
  StreamEncoder,
  StreamFrame,
  Usage,
} from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import { asNumber, asObject, asText } from '../../narrow.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { encodeCall } from './encode-part.ts'
import { encodeLogprobs } from './logprobs.ts'
import { encodeStopReason } from './stop-reason.ts'
import { encodeUsage } from './usage.ts'

/*
 * Canonical events → GenerateContentResponse chunks.
 *
 *   event            chunks
 *   response-start   nothing; what only this wire knows of the answer goes along with the next chunk
 *   block-start      an opaque block of this wire is a part; others wait for their content
 *   block-delta      a part with the text (`thought` for reasoning); arguments of a tool call gather
 *   block-end        a tool call is a functionCall part, whole
 *   candidate-end    nothing yet: the reason waits for the usage
 *   warning          nothing
 *   usage            nothing yet: the last one counts
 *   response-end     one chunk with the finishReason of every candidate, and the usage
 *
 * Chunks are put together as text: everything but the part is the same in all of them.
 */

type Block =
  | { readonly kind: 'text' | 'thought' | 'dropped' }
  | { readonly kind: 'call'; readonly start: Extract<BlockStart, { type: 'tool-call' }>; text: string }

type State = {
  readonly caller: CallerContext
  readonly warnings: Warnings
  /** Open blocks: candidate → number → block. */
  readonly blocks: Map<number, Map<number, Block>>
  readonly ended: Map<number, StopReason>
  /** Of the answer as a whole, for the next chunk; texts of JSON members, each with its comma. */
  pending: string
  /** What follows the candidates in every chunk. */
  tail: string
  blockReason: string | undefined
  hasContent: boolean
  usage: Usage | undefined
}

export function createStreamEncoder(caller: CallerContext): StreamEncoder {
  const state: State = {
    caller,
    warnings: createWarnings(),
    blocks: new Map(),
    ended: new Map(),
    pending: '',
    tail: '',
    blockReason: undefined,
    hasContent: false,
    usage: undefined,
  }
  return { push: (event) => encodeEvent(state, event), warnings: () => state.warnings.all() }
}

function encodeEvent(state: State, event: ChatEvent): readonly StreamFrame[] {
  switch (event.type) {
    case 'response-start':
      return encodeStart(state, event)
    case 'block-start':
      return encodeBlockStart(state, event)
    case 'block-delta':
      return encodeDelta(state, event)
    case 'block-end':
      return encodeBlockEnd(state, event)
    case 'candidate-end':
      state.ended.set(event.candidate, event.stopReason)
      return []
    case 'usage':
      state.usage = event.usage
      return []
    case 'warning':
      // Whoever feeds the encoder has seen it; `warnings` holds what encoding alone found.
      return []
    case 'opaque':
      return encodeOpaque(state, event)
    case 'response-end':
      return encodeEnd(state)
  }
}

function encodeStart(
  state: State,
  event: Extract<ChatEvent, { type: 'response-start' }>,
): readonly StreamFrame[] {
  const { caller, warnings } = state
  const model = JSON.stringify(event.model === '' ? caller.model : event.model)
  const id = JSON.stringify(event.id === '' ? caller.requestId : event.id)
  state.tail = `,"modelVersion":${model},"responseId":${id}}`
  warnOfForeign(event.extensions, { own: 'gemini-generate', warnings })
  addPending(state, event.extensions?.['gemini-generate'])
  return []
}

function addPending(state: State, members: JsonObject | undefined): void {
  if (members === undefined) return
  const blockReason = asText(asObject(members['promptFeedback'])?.['blockReason'])
  if (blockReason !== undefined) state.blockReason = blockReason
  const text = JSON.stringify(members)
  if (text !== '{}') state.pending += `,${text.slice(1, -1)}`
}

function encodeBlockStart(
  state: State,
  event: Extract<ChatEvent, { type: 'block-start' }>,
): readonly StreamFrame[] {
  const { candidate, block, start } = event
  state.hasContent = true
  openBlocks(state, candidate).set(block, blockOf(start))
  if (start.type === 'opaque' && start.wire === 'gemini-generate') {
    return [chunk(state, candidate, JSON.stringify(start.value))]
  }
  if (start.type === 'opaque' || start.type === 'redacted-reasoning') {
    state.warnings.unsupported(pathOf(candidate, block))
  }
  return []
}

function openBlocks(state: State, candidate: number): Map<number, Block> {
  let blocks = state.blocks.get(candidate)
  if (blocks === undefined) {
    blocks = new Map()
    state.blocks.set(candidate, blocks)
  }
  return blocks
}

function pathOf(candidate: number, block: number): string {
  return `candidates[${candidate}].content.parts[${block}]`
}

function blockOf(start: BlockStart): Block {
  switch (start.type) {
    case 'text':
    case 'refusal':
      return { kind: 'text' }
    case 'reasoning':
      return { kind: 'thought' }
    case 'tool-call':
      return { kind: 'call', start, text: '' }
    default:
      return { kind: 'dropped' }
  }
}

function encodeDelta(
  state: State,
  event: Extract<ChatEvent, { type: 'block-delta' }>,
): readonly StreamFrame[] {
  const block = state.blocks.get(event.candidate)?.get(event.block)
  if (block === undefined || block.kind === 'dropped') return []
  if (block.kind === 'call' && event.delta.type === 'arguments') {
    block.text += event.delta.text
    return []
  }
  const part = block.kind === 'call' ? undefined : printDelta(block.kind, event.delta)
  if (part === undefined) {
    state.warnings.unsupported(`${pathOf(event.candidate, event.block)}.${event.delta.type}`)
    return []
  }
  return [chunk(state, event.candidate, part, printLogprobs(state, event))]
}

function printDelta(kind: 'text' | 'thought', delta: BlockDelta): string | undefined {
  const thought = kind === 'thought' ? ',"thought":true' : ''
  switch (delta.type) {
    case 'text':
      return `{"text":${JSON.stringify(delta.text)}${thought}}`
    case 'signature':
      return `{"text":""${thought},"thoughtSignature":${JSON.stringify(delta.signature)}}`
    case 'opaque': {
      const members = delta.wire === 'gemini-generate' ? asObject(delta.value) : undefined
      return members && JSON.stringify({ text: '', ...(kind === 'thought' && { thought: true }), ...members })
    }
    default:
      return undefined
  }
}

function printLogprobs(state: State, event: Extract<ChatEvent, { type: 'block-delta' }>): string {
  if (event.logprobs === undefined) return ''
  const path = `candidates[${event.candidate}].logprobs`
  const result = encodeLogprobs(event.logprobs, { path, warnings: state.warnings })
  return result === undefined ? '' : `,"logprobsResult":${JSON.stringify(result)}`
}

function encodeBlockEnd(
  state: State,
  event: Extract<ChatEvent, { type: 'block-end' }>,
): readonly StreamFrame[] {
  const blocks = state.blocks.get(event.candidate)
  const block = blocks?.get(event.block)
  blocks?.delete(event.block)
  if (block?.kind !== 'call') return []
  const part = encodeCall(
    { ...block.start, argumentsText: block.text },
    pathOf(event.candidate, event.block),
    state.warnings,
  )
  return [chunk(state, event.candidate, JSON.stringify(part))]
}

/** What only this wire knows goes back as it came; another wire's is named. */
function encodeOpaque(state: State, event: Extract<ChatEvent, { type: 'opaque' }>): readonly StreamFrame[] {
  const value = event.wire === 'gemini-generate' ? asObject(event.value) : undefined
  const index = asNumber(value?.['index'])
  const candidate = asObject(value?.['candidate'])
  const response = asObject(value?.['response'])
  if (response !== undefined) {
    addPending(state, response)
    return []
  }
  if (candidate === undefined || index === undefined) {
    state.warnings.unsupported('stream')
    return []
  }
  return [print(state, JSON.stringify({ ...candidate, index }))]
}

function encodeEnd(state: State): readonly StreamFrame[] {
  const usage =
    state.usage === undefined ? '' : `,"usageMetadata":${JSON.stringify(encodeUsage(state.usage))}`
  state.pending += usage
  const ended = [...state.ended].toSorted(([a], [b]) => a - b)
  const isBlocked =
    !state.hasContent && state.blockReason !== undefined && ended[0]?.[1].raw === state.blockReason
  if (isBlocked) return [print(state, undefined)]
  const candidates = ended.map(([index, reason]): Json => {
    const content = { parts: [{ text: '' }], role: 'model' }
    return { content, finishReason: encodeStopReason(reason), index }
  })
  return [print(state, JSON.stringify(candidates).slice(1, -1))]
}

/** One part of one candidate; `part` and `extra` are JSON texts. */
function chunk(state: State, candidate: number, part: string, extra = ''): StreamFrame {
  return print(state, `{"content":{"parts":[${part}],"role":"model"},"index":${candidate}${extra}}`)
}

/** A chunk of these candidates; absent = one without. */
function print(state: State, candidates: string | undefined): StreamFrame {
  const { pending } = state
  state.pending = ''
  const rest = pending + state.tail
  return { data: candidates === undefined ? `{${rest.slice(1)}` : `{"candidates":[${candidates}]${rest}` }
}
