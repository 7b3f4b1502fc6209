import type {
  BlockDelta,
  BlockStart,
  ChatEvent,
  Json,
  JsonObject,
  StreamDecoder,
  StreamFrame,
} from '#contract'
import { asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { malformedAnswer, truncatedStream } from '../../upstream-error.ts'
import { decodeStreamError } from './errors.ts'
import { decodeStopReason } from './stop-reason.ts'
import { decodeUsage, mergeRawUsage } from './usage.ts'

/*
 * Message events → canonical events.
 *
 *   state     entered by       left by
 *   waiting   start            message_start: response-start, usage so far
 *   open      message_start    message_stop: response-end
 *   closed    message_stop     never; later frames are passed over
 *
 *   event                   canonical
 *   content_block_start     block-start (a kind without neutral form is opaque), and what text it brings along
 *   content_block_delta     block-delta
 *   content_block_stop      block-end
 *   message_delta           candidate-end with the stop reason, then usage, cumulative
 *   ping                    nothing
 *   error                   thrown
 *   any other               opaque: the vendor may add events within an API version
 *
 * Natural end: message_stop alone.
 */

type State = {
  phase: 'waiting' | 'open' | 'closed'
  rawUsage: JsonObject | undefined
  ended: boolean
  /** Open blocks by number. `input`: a tool call's input that came whole with its start and no delta has followed yet. */
  readonly blocks: Map<number, { readonly opaque: boolean; input: string | undefined }>
}

export function createStreamDecoder(): StreamDecoder {
  const state: State = { phase: 'waiting', rawUsage: undefined, ended: false, blocks: new Map() }
  return {
    push: (frame) => decodeFrame(state, frame),
    end: () => {
      if (state.phase !== 'closed') throw truncatedStream('its message_stop')
      return []
    },
  }
}

function decodeFrame(state: State, frame: StreamFrame): readonly ChatEvent[] {
  if (state.phase === 'closed' || frame.event === 'ping') return []
  const body = parseObject(frame.data)
  if (body === undefined) throw malformedAnswer('a stream event is no JSON object')
  const type = asText(body['type']) ?? frame.event ?? ''
  if (type === 'error' || frame.event === 'error') throw decodeStreamError(body)
  if (state.phase === 'waiting') return type === 'message_start' ? decodeStart(state, body) : []
  switch (type) {
    case 'content_block_start':
      return decodeBlockStart(state, body)
    case 'content_block_delta':
      return decodeDelta(state, body)
    case 'content_block_stop':
      return decodeBlockEnd(state, body)
    case 'message_delta':
      return decodeMessageDelta(state, body)
    case 'message_stop':
      return decodeStop(state)
    case 'ping':
    case 'message_start':
      return []
    default:
      return [{ type: 'opaque', wire: 'anthropic-messages', value: body }]
  }
}

function decodeStart(state: State, body: JsonObject): readonly ChatEvent[] {
  const message = asObject(body['message'])
  if (message === undefined) throw malformedAnswer('message_start has no message')
  state.phase = 'open'
  const id = asText(message['id']) ?? ''
  const model = asText(message['model']) ?? ''
  return [{ type: 'response-start', id, model }, ...decodeUsageMember(state, message)]
}

function decodeUsageMember(state: State, object: JsonObject): readonly ChatEvent[] {
  const raw = asObject(object['usage'])
  if (raw === undefined) return []
  state.rawUsage = mergeRawUsage(state.rawUsage, raw)
  return [{ type: 'usage', usage: decodeUsage(state.rawUsage) }]
}

function decodeBlockStart(state: State, body: JsonObject): readonly ChatEvent[] {
  const content = asObject(body['content_block'])
  if (content === undefined) throw malformedAnswer('content_block_start has no content_block')
  const block = blockNumber(body)
  const { start, text, input } = decodeBlock(content)
  state.blocks.set(block, { opaque: start.type === 'opaque', input })
  const events: ChatEvent[] = [{ type: 'block-start', candidate: 0, block, start }]
  if (text) events.push({ type: 'block-delta', candidate: 0, block, delta: { type: 'text', text } })
  return events
}

function decodeBlock(content: JsonObject): {
  readonly start: BlockStart
  readonly text?: string | undefined
  readonly input?: string | undefined
} {
  switch (content['type']) {
    case 'text':
      return { start: { type: 'text' }, text: asText(content['text']) }
    case 'thinking':
      return { start: { type: 'reasoning' }, text: asText(content['thinking']) }
    case 'redacted_thinking':
      return { start: { type: 'redacted-reasoning', data: asText(content['data']) ?? '' } }
    case 'tool_use': {
      const id = asText(content['id']) ?? ''
      const name = asText(content['name']) ?? ''
      return { start: { type: 'tool-call', id, name }, input: wholeInput(content['input']) }
    }
    default:
      return { start: { type: 'opaque', wire: 'anthropic-messages', value: content } }
  }
}

/** The vendor opens with `{}` and streams the rest; other servers of this wire send the whole input at once. */
function wholeInput(input: Json | undefined): string | undefined {
  const object = asObject(input)
  return object === undefined || Object.keys(object).length === 0 ? undefined : JSON.stringify(object)
}

function decodeDelta(state: State, body: JsonObject): readonly ChatEvent[] {
  const number = blockNumber(body)
  const block = state.blocks.get(number)
  const delta = asObject(body['delta'])
  if (block === undefined || delta === undefined) throw malformedAnswer('a delta belongs to no open block')
  const decoded = block.opaque ? undefined : decodeKnownDelta(delta)
  if (decoded?.type === 'arguments' && decoded.text === '') return []
  if (decoded?.type === 'arguments') block.input = undefined
  return [
    {
      type: 'block-delta',
      candidate: 0,
      block: number,
      delta: decoded ?? { type: 'opaque', wire: 'anthropic-messages', value: delta },
    },
  ]
}

function decodeKnownDelta(delta: JsonObject): BlockDelta | undefined {
  switch (delta['type']) {
    case 'text_delta':
      return { type: 'text', text: asText(delta['text']) ?? '' }
    case 'thinking_delta':
      return { type: 'text', text: asText(delta['thinking']) ?? '' }
    case 'signature_delta':
      return { type: 'signature', signature: asText(delta['signature']) ?? '' }
    case 'input_json_delta':
      return { type: 'arguments', text: asText(delta['partial_json']) ?? '' }
    case 'citations_delta':
      return { type: 'citation', citation: delta['citation'] ?? null }
    default:
      return undefined
  }
}

function decodeBlockEnd(state: State, body: JsonObject): readonly ChatEvent[] {
  const block = blockNumber(body)
  const open = state.blocks.get(block)
  if (open === undefined) throw malformedAnswer('content_block_stop ends no open block')
  state.blocks.delete(block)
  const end: ChatEvent = { type: 'block-end', candidate: 0, block }
  if (open.input === undefined) return [end]
  return [{ type: 'block-delta', candidate: 0, block, delta: { type: 'arguments', text: open.input } }, end]
}

function decodeMessageDelta(state: State, body: JsonObject): readonly ChatEvent[] {
  const delta = asObject(body['delta'])
  const raw = asText(delta?.['stop_reason'])
  const events: ChatEvent[] = []
  if (raw !== undefined && !state.ended) {
    state.ended = true
    const stopReason = decodeStopReason(raw, asText(delta?.['stop_sequence']))
    events.push({ type: 'candidate-end', candidate: 0, stopReason })
  }
  if (asObject(delta?.['stop_details']) !== undefined) {
    events.push({ type: 'warning', warning: { code: 'unsupported', path: 'stop_details' } })
  }
  events.push(...decodeUsageMember(state, body))
  return events
}

function decodeStop(state: State): readonly ChatEvent[] {
  state.phase = 'closed'
  const end: ChatEvent = { type: 'response-end' }
  if (state.ended) return [end]
  return [{ type: 'candidate-end', candidate: 0, stopReason: decodeStopReason(null, undefined) }, end]
}

function blockNumber(body: JsonObject): number {
  return asNumber(body['index']) ?? 0
}
