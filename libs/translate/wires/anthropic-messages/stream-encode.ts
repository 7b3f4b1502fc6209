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
import { asObject } from '../../narrow.ts'
import { createWarnings, type Warnings } from '../../warnings.ts'
import { isCitation } from './citations.ts'
import { encodeStopReason } from './stop-reason.ts'
import { type AnthropicMessage, directCaller } from './types.ts'
import { encodeDeltaUsage, encodeUsage } from './usage.ts'

/*
 * Canonical events → message events.
 *
 *   event            frames
 *   response-start   message_start, with zeros where usage is not known yet
 *   block-start      content_block_start; blocks are numbered anew, since other wires' opaque ones are left out
 *   block-delta      content_block_delta
 *   block-end        content_block_stop
 *   candidate-end    nothing yet: the reason waits for the usage
 *   warning          nothing
 *   usage            nothing yet: the last one counts
 *   response-end     message_delta with reason and usage, then message_stop
 *
 * A message is one answer: events of other candidates are dropped and named in a warning.
 */

type State = {
  readonly caller: CallerContext
  readonly warnings: Warnings
  /** Canonical number → ours and what the block holds; a block that is left out is absent. */
  readonly blocks: Map<number, { readonly index: number; readonly kind: BlockStart['type'] }>
  nextIndex: number
  calledTool: boolean
  stopReason: StopReason | undefined
  usage: Usage | undefined
}

export function createStreamEncoder(caller: CallerContext): StreamEncoder {
  const state: State = {
    caller,
    warnings: createWarnings(),
    blocks: new Map(),
    nextIndex: 0,
    calledTool: false,
    stopReason: undefined,
    usage: undefined,
  }
  return { push: (event) => encodeEvent(state, event), warnings: () => state.warnings.all() }
}

function encodeEvent(state: State, event: ChatEvent): readonly StreamFrame[] {
  if ('candidate' in event && event.candidate > 0) {
    state.warnings.unsupported(`choices[${event.candidate}]`)
    return []
  }
  switch (event.type) {
    case 'response-start':
      return encodeStart(state, event)
    case 'block-start':
      return encodeBlockStart(state, event.block, event.start)
    case 'block-delta':
      if (event.logprobs !== undefined) state.warnings.unsupported('choices[0].logprobs')
      return encodeDelta(state, event.block, event.delta)
    case 'block-end':
      return encodeBlockEnd(state, event.block)
    case 'candidate-end':
      state.stopReason = event.stopReason
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
  warnOfForeign(event.extensions, { own: 'anthropic-messages', warnings })
  const message: AnthropicMessage = {
    id: event.id === '' ? `msg_${caller.requestId}` : event.id,
    type: 'message',
    role: 'assistant',
    model: event.model === '' ? caller.model : event.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: encodeUsage(state.usage),
  }
  return [frame({ type: 'message_start', message })]
}

function encodeBlockStart(state: State, block: number, start: BlockStart): readonly StreamFrame[] {
  const content = encodeBlock(start)
  if (content === undefined) {
    state.warnings.unsupported(`choices[0].message.content[${block}]`)
    return []
  }
  const index = state.nextIndex
  state.nextIndex += 1
  state.blocks.set(block, { index, kind: start.type })
  if (start.type === 'tool-call') state.calledTool = true
  return [frame({ type: 'content_block_start', index, content_block: content })]
}

function encodeBlock(start: BlockStart): JsonObject | undefined {
  switch (start.type) {
    case 'text':
    case 'refusal':
      return { type: 'text', text: '', citations: null }
    case 'reasoning':
      return { type: 'thinking', thinking: '', signature: '' }
    case 'redacted-reasoning':
      return { type: 'redacted_thinking', data: start.data }
    case 'tool-call':
      return { type: 'tool_use', id: start.id, name: start.name, input: {}, caller: directCaller }
    case 'opaque':
      return start.wire === 'anthropic-messages' ? asObject(start.value) : undefined
  }
}

/** The frequent ones are put together as text: one number and one string differ. */
function encodeDelta(state: State, number: number, delta: BlockDelta): readonly StreamFrame[] {
  const block = state.blocks.get(number)
  if (block === undefined) return []
  const printed = printDelta(block.kind, delta)
  if (printed === undefined) {
    state.warnings.unsupported(`choices[0].message.content[${number}]`)
    return []
  }
  return [
    {
      event: 'content_block_delta',
      data: `{"type":"content_block_delta","index":${block.index},"delta":${printed}}`,
    },
  ]
}

function printDelta(kind: BlockStart['type'], delta: BlockDelta): string | undefined {
  switch (delta.type) {
    case 'text': {
      const text = JSON.stringify(delta.text)
      return kind === 'reasoning'
        ? `{"type":"thinking_delta","thinking":${text}}`
        : `{"type":"text_delta","text":${text}}`
    }
    case 'arguments':
      return `{"type":"input_json_delta","partial_json":${JSON.stringify(delta.text)}}`
    case 'signature':
      return `{"type":"signature_delta","signature":${JSON.stringify(delta.signature)}}`
    case 'citation':
      return isCitation(delta.citation)
        ? `{"type":"citations_delta","citation":${JSON.stringify(delta.citation)}}`
        : undefined
    case 'opaque':
      return delta.wire === 'anthropic-messages' ? JSON.stringify(delta.value) : undefined
  }
}

function encodeBlockEnd(state: State, number: number): readonly StreamFrame[] {
  const block = state.blocks.get(number)
  return block === undefined ? [] : [frame({ type: 'content_block_stop', index: block.index })]
}

/** What only this wire knows goes back as it came; another wire's is named. */
function encodeOpaque(state: State, event: Extract<ChatEvent, { type: 'opaque' }>): readonly StreamFrame[] {
  const value = event.wire === 'anthropic-messages' ? asObject(event.value) : undefined
  if (value !== undefined && typeof value['type'] === 'string') return [frame(value)]
  state.warnings.unsupported('stream')
  return []
}

function encodeEnd(state: State): readonly StreamFrame[] {
  const { stopReason } = state
  const delta = {
    stop_reason: stopReason === undefined ? 'end_turn' : encodeStopReason(stopReason, state.calledTool),
    stop_sequence: stopReason?.sequence ?? null,
    stop_details: null,
    container: null,
  }
  return [
    frame({ type: 'message_delta', delta, usage: encodeDeltaUsage(state.usage) }),
    frame({ type: 'message_stop' }),
  ]
}

/** The event's name is its type: clients of this wire read no unnamed events. */
function frame(body: { readonly [member: string]: Json | undefined; readonly type?: Json }): StreamFrame {
  return { event: String(body.type), data: JSON.stringify(body) }
}
