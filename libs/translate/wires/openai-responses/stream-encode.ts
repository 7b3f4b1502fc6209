import type {
  BlockDelta,
  BlockStart,
  CallerContext,
  ChatEvent,
  Json,
  StreamEncoder,
  StreamFrame,
} from '#contract'
import { asObject } from '../../narrow.ts'
import { createWarnings } from '../../warnings.ts'
import { warnOfLogprobs } from './logprobs.ts'
import {
  closeCall,
  closeMessage,
  closeOpaque,
  closePart,
  closeReasoning,
  openCall,
  openOpaque,
  openPart,
  openReasoning,
  sayArguments,
  sayCitation,
  sayOpaque,
  sayReasoning,
  sayText,
} from './stream-items.ts'
import {
  begin,
  endStatus,
  frame,
  type Item,
  type MessageItem,
  printResponse,
  type ReasoningItem,
  type StreamState,
} from './stream-state.ts'

/*
 * Canonical events → response events (`stream-items.ts` has those of each item).
 *
 *   event            frames
 *   response-start   response.created, response.in_progress
 *   block-start      a text or a refusal: a part of the message that is open, or of a new one; any other block ends that
 *                    message and is an item of its own
 *   block-delta      the item's delta
 *   block-end        the part's or the item's end. A call whose arguments are no whole JSON yet stays open: some providers
 *                    interleave calls and send more of it later
 *   candidate-end    the ends of all that is open
 *   usage            nothing yet: the last one counts
 *   warning          nothing
 *   response-end     response.completed or response.incomplete, with the whole response
 *
 * Every frame has the next sequence_number; items are numbered anew, since other wires' opaque blocks are left out. A
 * response is one answer: events of other candidates are dropped and named in a warning.
 */

export function createStreamEncoder(caller: CallerContext): StreamEncoder {
  const state: StreamState = {
    caller,
    warnings: createWarnings(),
    blocks: new Map(),
    message: undefined,
    output: [],
    nextIndex: 0,
    sequence: 0,
    responseId: '',
    head: '',
    echo: '',
    stopReason: undefined,
    usage: undefined,
  }
  return {
    push(event) {
      if ('candidate' in event && event.candidate > 0) {
        state.warnings.unsupported(`choices[${event.candidate}]`)
        return []
      }
      const frames: StreamFrame[] = []
      encodeEvent(state, event, frames)
      return frames
    },
    warnings: () => state.warnings.all(),
  }
}

function encodeEvent(state: StreamState, event: ChatEvent, frames: StreamFrame[]): void {
  switch (event.type) {
    case 'response-start':
      begin(state, event)
      for (const type of ['response.created', 'response.in_progress']) {
        frames.push(frame(state, type, `"response":${printResponse(state, 'begun')},`))
      }
      break
    case 'block-start':
      encodeBlockStart(state, event.block, event.start, frames)
      break
    case 'block-delta':
      encodeDelta(state, event, frames)
      break
    case 'block-end':
      encodeBlockEnd(state, event.block, frames)
      break
    case 'candidate-end':
      state.stopReason = event.stopReason
      closeAll(state, frames)
      break
    case 'usage':
      state.usage = event.usage
      break
    case 'warning':
      // Whoever feeds the encoder has seen it; `warnings` holds what encoding alone found.
      break
    case 'opaque':
      encodeOpaque(state, event, frames)
      break
    case 'response-end': {
      const response = printResponse(state, 'ended')
      frames.push(frame(state, `response.${endStatus(state)}`, `"response":${response},`))
    }
  }
}

function encodeBlockStart(state: StreamState, block: number, start: BlockStart, frames: StreamFrame[]): void {
  const item = openBlock(state, start, frames)
  if (item === undefined) state.warnings.unsupported(blockPath(block))
  else state.blocks.set(block, item)
}

function openBlock(state: StreamState, start: BlockStart, frames: StreamFrame[]): Item | undefined {
  switch (start.type) {
    case 'text':
      return openPart(state, 'output_text', frames)
    case 'refusal':
      return openPart(state, 'refusal', frames)
    case 'opaque':
      if (start.wire !== 'openai-responses' || asObject(start.value) === undefined) return undefined
      closeMessage(state, 'completed', frames)
      return openOpaque(state, start.value, frames)
    case 'reasoning':
      closeMessage(state, 'completed', frames)
      return openReasoning(state, undefined, frames)
    case 'redacted-reasoning':
      closeMessage(state, 'completed', frames)
      return openReasoning(state, start.data, frames)
    case 'tool-call':
      closeMessage(state, 'completed', frames)
      return openCall(state, start, frames)
  }
}

function encodeDelta(
  state: StreamState,
  event: Extract<ChatEvent, { type: 'block-delta' }>,
  frames: StreamFrame[],
): void {
  const item = state.blocks.get(event.block)
  if (event.logprobs !== undefined && item?.kind !== 'message') warnOfLogprobs(state.warnings)
  if (item === undefined) return
  if (!sayDelta(state, { item, delta: event.delta, logprobs: event.logprobs }, frames)) {
    const suffix = event.delta.type === 'citation' ? '.citations' : ''
    state.warnings.unsupported(blockPath(event.block) + suffix)
  }
}

type Said = { readonly item: Item; readonly delta: BlockDelta; readonly logprobs: Json | undefined }

/** False for a delta that has no place in its item. */
function sayDelta(state: StreamState, { item, delta, logprobs }: Said, frames: StreamFrame[]): boolean {
  switch (item.kind) {
    case 'message':
      return sayInMessage(state, { item, delta, logprobs }, frames)
    case 'reasoning':
      return sayInReasoning(state, item, delta, frames)
    case 'call':
      if (delta.type !== 'arguments' || item.isDone) return false
      frames.push(sayArguments(state, item, delta.text))
      return true
    case 'opaque':
      if (delta.type !== 'opaque' || delta.wire !== 'openai-responses') return false
      sayOpaque(state, item, delta.value, frames)
      return true
  }
}

function sayInMessage(
  state: StreamState,
  { item, delta, logprobs }: Said & { readonly item: MessageItem },
  frames: StreamFrame[],
): boolean {
  if (item.part === undefined) return false
  if (delta.type === 'text') {
    frames.push(sayText(state, item.part, { text: delta.text, logprobs }))
    return true
  }
  const cited = delta.type === 'citation' ? sayCitation(state, item, delta.citation) : undefined
  if (cited !== undefined) frames.push(cited)
  return cited !== undefined
}

function sayInReasoning(
  state: StreamState,
  item: ReasoningItem,
  delta: BlockDelta,
  frames: StreamFrame[],
): boolean {
  if (item.isDone) return false
  if (delta.type === 'signature') item.signature += delta.signature
  else if (delta.type === 'text') sayReasoning(state, item, delta.text, frames)
  else return false
  return true
}

function encodeBlockEnd(state: StreamState, block: number, frames: StreamFrame[]): void {
  const item = state.blocks.get(block)
  switch (item?.kind) {
    case 'message':
      closePart(state, item, frames)
      break
    case 'reasoning':
      closeReasoning(state, item, frames)
      break
    case 'call':
      if (isWhole(item.text)) closeCall(state, item, 'completed', frames)
      break
    case 'opaque':
      closeOpaque(state, item, frames)
      break
    default:
      break
  }
}

function isWhole(text: string): boolean {
  if (text === '') return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function closeAll(state: StreamState, frames: StreamFrame[]): void {
  const status = endStatus(state)
  closeMessage(state, status, frames)
  for (const item of state.blocks.values()) {
    if (item.kind === 'call') closeCall(state, item, status, frames)
    else if (item.kind === 'reasoning') closeReasoning(state, item, frames)
    else if (item.kind === 'opaque') closeOpaque(state, item, frames)
  }
}

/** What only this wire knows goes back as it came; another wire's is named. */
function encodeOpaque(
  state: StreamState,
  event: Extract<ChatEvent, { type: 'opaque' }>,
  frames: StreamFrame[],
): void {
  const value = event.wire === 'openai-responses' ? asObject(event.value) : undefined
  const type = value?.['type']
  if (value === undefined || typeof type !== 'string') {
    state.warnings.unsupported('stream')
    return
  }
  frames.push({ event: type, data: JSON.stringify({ ...value, sequence_number: state.sequence }) })
  state.sequence += 1
}

function blockPath(block: number): string {
  return `choices[0].message.content[${block}]`
}
