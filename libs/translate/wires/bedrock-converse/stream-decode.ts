import type {
  AnswerContext,
  BlockDelta,
  BlockStart,
  ChatEvent,
  JsonObject,
  StreamDecoder,
  StreamFrame,
} from '#contract'
import { asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { malformedAnswer, truncatedStream } from '../../upstream-error.ts'
import { redactedOf } from './base64.ts'
import { decodeStreamException } from './errors.ts'
import { readModelFields, readStopReason } from './response.ts'
import { answerToolOf } from './structured-output.ts'
import { decodeUsage } from './usage.ts'

/*
 * Events of ConverseStream → canonical events. The name of the event stands in the frame.
 *
 *   state     entered by       left by
 *   waiting   start            messageStart: response-start
 *   open      messageStart     messageStop: open blocks end, candidate-end
 *   stopped   messageStop      metadata: usage, response-end
 *   closed    metadata         never; later frames are passed over
 *
 *   event               canonical
 *   contentBlockStart   block-start of a tool's call; the vendor sends none for text and reasoning
 *   contentBlockDelta   block-start where the block is new, then block-delta
 *   contentBlockStop    block-end
 *   messageStop         candidate-end with the stop reason
 *   metadata            usage; trace and the like are named in a warning
 *   an exception        thrown
 *   any other           passed over: it is no part of the union that the vendor publishes
 *
 * Natural end: messageStop. The metadata behind it holds counters, not content; a stream that ends without them is
 * whole, but has no usage.
 */

type State = {
  phase: 'waiting' | 'open' | 'stopped' | 'closed'
  readonly context: AnswerContext
  /** The tool whose call is the answer. */
  readonly answerTool: string | undefined
  calledTool: boolean
  /** Open blocks by number, and what of them reads as text. */
  readonly blocks: Map<number, BlockStart['type'] | 'answer'>
}

export function createStreamDecoder(context: AnswerContext): StreamDecoder {
  const answerTool = answerToolOf(context.request, context.model)?.name
  const state: State = { phase: 'waiting', context, answerTool, calledTool: false, blocks: new Map() }
  return {
    push: (frame) => decodeFrame(state, frame),
    end: () => {
      if (state.phase === 'closed') return []
      if (state.phase !== 'stopped') throw truncatedStream('its messageStop')
      state.phase = 'closed'
      return [{ type: 'response-end' }]
    },
  }
}

function decodeFrame(state: State, frame: StreamFrame): readonly ChatEvent[] {
  if (state.phase === 'closed') return []
  if (frame.exception === true) throw decodeStreamException(frame)
  const body = parseObject(frame.data)
  if (body === undefined) throw malformedAnswer('a stream event is no JSON object')
  if (state.phase === 'waiting') return frame.event === 'messageStart' ? decodeStart(state) : []
  if (state.phase === 'stopped') return frame.event === 'metadata' ? decodeMetadata(state, body) : []
  switch (frame.event) {
    case 'contentBlockStart':
      return decodeBlockStart(state, body)
    case 'contentBlockDelta':
      return decodeDelta(state, body)
    case 'contentBlockStop':
      return decodeBlockEnd(state, blockNumber(body))
    case 'messageStop':
      return decodeStop(state, body)
    default:
      return []
  }
}

function decodeStart(state: State): readonly ChatEvent[] {
  state.phase = 'open'
  return [{ type: 'response-start', id: '', model: state.context.model }]
}

function decodeBlockStart(state: State, body: JsonObject): readonly ChatEvent[] {
  const start = asObject(body['start'])
  const block = blockNumber(body)
  const toolUse = asObject(start?.['toolUse'])
  if (start === undefined || Object.keys(start).length === 0 || state.blocks.has(block)) return []
  if (toolUse === undefined || asText(toolUse['type']) !== undefined) {
    return [openBlock(state, block, { type: 'opaque', wire: 'bedrock-converse', value: start })]
  }
  const name = asText(toolUse['name']) ?? ''
  if (name === state.answerTool) {
    state.blocks.set(block, 'answer')
    return [{ type: 'block-start', candidate: 0, block, start: { type: 'text' } }]
  }
  state.calledTool = true
  return [openBlock(state, block, { type: 'tool-call', id: asText(toolUse['toolUseId']) ?? '', name })]
}

function openBlock(state: State, block: number, start: BlockStart): ChatEvent {
  state.blocks.set(block, start.type)
  return { type: 'block-start', candidate: 0, block, start }
}

function decodeDelta(state: State, body: JsonObject): readonly ChatEvent[] {
  const delta = asObject(body['delta'])
  if (delta === undefined) throw malformedAnswer('contentBlockDelta has no delta')
  const block = blockNumber(body)
  const kind = state.blocks.get(block)
  if (kind === undefined) return decodeFirstDelta(state, block, delta)
  const decoded = kind === 'opaque' ? opaqueDelta(delta) : decodeKnownDelta(delta, kind)
  return decoded === undefined ? [] : [{ type: 'block-delta', candidate: 0, block, delta: decoded }]
}

/** The first delta of a block that nothing opened says what kind it is. */
function decodeFirstDelta(state: State, block: number, delta: JsonObject): readonly ChatEvent[] {
  const start = startOf(delta)
  const opened = openBlock(state, block, start)
  if (start.type === 'redacted-reasoning') return [opened]
  const decoded = start.type === 'opaque' ? opaqueDelta(delta) : decodeKnownDelta(delta, start.type)
  if (decoded === undefined) return [opened]
  return [opened, { type: 'block-delta', candidate: 0, block, delta: decoded }]
}

function startOf(delta: JsonObject): BlockStart {
  if (asText(delta['text']) !== undefined || delta['citation'] !== undefined) return { type: 'text' }
  const reasoning = asObject(delta['reasoningContent'])
  if (reasoning === undefined) return { type: 'opaque', wire: 'bedrock-converse', value: {} }
  const data = asText(reasoning['redactedContent'])
  return data === undefined ? { type: 'reasoning' } : { type: 'redacted-reasoning', data: redactedOf(data) }
}

function opaqueDelta(delta: JsonObject): BlockDelta {
  return { type: 'opaque', wire: 'bedrock-converse', value: delta }
}

/** `undefined` for a delta that says nothing: the vendor opens with empty ones. */
function decodeKnownDelta(delta: JsonObject, kind: BlockStart['type'] | 'answer'): BlockDelta | undefined {
  const text = asText(delta['text'])
  if (text !== undefined) return { type: 'text', text }
  const input = asText(asObject(delta['toolUse'])?.['input'])
  if (input !== undefined) {
    if (input === '') return undefined
    return kind === 'answer' ? { type: 'text', text: input } : { type: 'arguments', text: input }
  }
  const reasoning = asObject(delta['reasoningContent'])
  if (reasoning !== undefined) return decodeReasoningDelta(reasoning)
  const citation = delta['citation']
  return citation === undefined ? opaqueDelta(delta) : { type: 'citation', citation }
}

function decodeReasoningDelta(reasoning: JsonObject): BlockDelta | undefined {
  const text = asText(reasoning['text'])
  if (text !== undefined) return { type: 'text', text }
  const signature = asText(reasoning['signature'])
  return signature === undefined
    ? opaqueDelta({ reasoningContent: reasoning })
    : { type: 'signature', signature }
}

/** A block of which nothing came (an empty text) was never open. */
function decodeBlockEnd(state: State, block: number): readonly ChatEvent[] {
  return state.blocks.delete(block) ? [{ type: 'block-end', candidate: 0, block }] : []
}

function decodeStop(state: State, body: JsonObject): readonly ChatEvent[] {
  state.phase = 'stopped'
  const events: ChatEvent[] = []
  for (const block of [...state.blocks.keys()]) events.push(...decodeBlockEnd(state, block))
  const { sequence, rest } = readModelFields(body['additionalModelResponseFields'])
  const stopReason = readStopReason({
    raw: asText(body['stopReason']),
    sequence,
    onlyAnswered: state.answerTool !== undefined && !state.calledTool,
  })
  events.push({ type: 'candidate-end', candidate: 0, stopReason })
  if (Object.keys(rest).length > 0) events.push(lost('additionalModelResponseFields'))
  return events
}

function decodeMetadata(state: State, body: JsonObject): readonly ChatEvent[] {
  state.phase = 'closed'
  const events: ChatEvent[] = []
  const usage = asObject(body['usage'])
  if (usage !== undefined) events.push({ type: 'usage', usage: decodeUsage(usage) })
  for (const name of ['trace', 'performanceConfig']) {
    if (asObject(body[name]) !== undefined) events.push(lost(name))
  }
  events.push({ type: 'response-end' })
  return events
}

function lost(path: string): ChatEvent {
  return { type: 'warning', warning: { code: 'unsupported', path } }
}

function blockNumber(body: JsonObject): number {
  return asNumber(body['contentBlockIndex']) ?? 0
}
