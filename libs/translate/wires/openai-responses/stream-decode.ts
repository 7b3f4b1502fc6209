import type { ChatEvent, JsonObject, StreamDecoder, StreamFrame } from '#contract'
import { asList, asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { malformedAnswer, truncatedStream } from '../../upstream-error.ts'
import { decodeStreamError } from '../openai-chat/errors.ts'
import { decodeErrorEvent, decodeFailure } from './errors.ts'
import { stopReasonOf } from './response.ts'
import {
  addItem,
  argumentsDelta,
  citationDelta,
  closeContent,
  closeOutput,
  createOutputs,
  finishItem,
  isOpaqueOutput,
  type Outputs,
  opaqueDelta,
  openContent,
  reasoningPart,
  reasoningText,
  textDelta,
  wholeText,
} from './stream-decode-items.ts'
import { decodeUsage } from './usage.ts'

/*
 * Response events → canonical events.
 *
 *   state     entered by                     left by
 *   waiting   start                          response.created (or queued, in_progress): response-start
 *   open      response.created               response.completed, .incomplete, .cancelled: usage, candidate-end,
 *                                            response-end
 *   closed    the end                        never; later frames are passed over
 *
 * What the items' own events mean is in `stream-decode-items.ts`. `response.failed` and `error` are thrown. Items that
 * only the last event holds (servers that stream nothing but the ends) are read from there.
 *
 * Natural end: one of the three ends alone.
 */

type State = { phase: 'waiting' | 'open' | 'closed'; readonly outputs: Outputs }

export function createStreamDecoder(): StreamDecoder {
  const state: State = { phase: 'waiting', outputs: createOutputs() }
  return {
    push: (frame) => decodeFrame(state, frame),
    end: () => {
      if (state.phase !== 'closed') throw truncatedStream('its response.completed')
      return []
    },
  }
}

function decodeFrame(state: State, frame: StreamFrame): readonly ChatEvent[] {
  if (state.phase === 'closed' || frame.data === '[DONE]') return []
  const body = parseObject(frame.data)
  if (body === undefined) throw malformedAnswer('a stream event is no JSON object')
  const type = asText(body['type']) ?? frame.event ?? ''
  const events: ChatEvent[] = []
  if (!decodeLifecycle(state, { body, type, events }) && state.phase === 'open') {
    decodeItemEvent(state.outputs, { body, type, events })
  }
  return events
}

type Event = { readonly body: JsonObject; readonly type: string; readonly events: ChatEvent[] }

/** Events about the response as a whole; false for another. */
function decodeLifecycle(state: State, event: Event): boolean {
  const { body, type } = event
  switch (type) {
    case 'response.created':
    case 'response.queued':
    case 'response.in_progress':
      if (state.phase === 'waiting') decodeStart(state, event)
      return true
    case 'response.completed':
    case 'response.incomplete':
    case 'response.cancelled':
      if (state.phase === 'waiting') decodeStart(state, event)
      decodeEnd(state, event)
      return true
    case 'response.failed':
      throw decodeFailure(asObject(body['response'])?.['error'])
    case 'error':
      throw decodeErrorEvent(body)
    default:
      // Servers that report an error as the vendor's other APIs do.
      if (asObject(body['error']) !== undefined) throw decodeStreamError(body['error'] ?? null)
      return false
  }
}

function decodeStart(state: State, { body, type, events }: Event): void {
  const response = asObject(body['response'])
  if (response === undefined) throw malformedAnswer(`${type} has no response`)
  state.phase = 'open'
  const id = asText(response['id']) ?? ''
  const model = asText(response['model']) ?? ''
  const createdAtSeconds = asNumber(response['created_at'])
  events.push(
    createdAtSeconds === undefined
      ? { type: 'response-start', id, model }
      : { type: 'response-start', id, model, createdAtSeconds },
  )
}

function decodeEnd(state: State, { body, type, events }: Event): void {
  const response = asObject(body['response'])
  if (response === undefined) throw malformedAnswer(`${type} has no response`)
  for (const [index, value] of (asList(response['output']) ?? []).entries()) {
    const item = asObject(value)
    if (item !== undefined && !state.outputs.byIndex.has(index)) {
      finishItem(state.outputs, { index, item, events })
    }
  }
  for (const output of state.outputs.byIndex.values()) closeOutput(output, events)
  state.phase = 'closed'
  const usage = asObject(response['usage'])
  const ended = { status: type.slice('response.'.length), ...response }
  events.push({ type: 'candidate-end', candidate: 0, stopReason: stopReasonOf(ended) })
  if (usage !== undefined) events.push({ type: 'usage', usage: decodeUsage(usage) })
  events.push({ type: 'response-end' })
}

function decodeItemEvent(outputs: Outputs, { body, type, events }: Event): void {
  const index = asNumber(body['output_index']) ?? 0
  const at = { index, body, events }
  switch (type) {
    case 'response.output_item.added':
      addItem(outputs, { index, item: itemOf(body, type), events })
      break
    case 'response.output_item.done':
      finishItem(outputs, { index, item: itemOf(body, type), events })
      break
    case 'response.content_part.added':
      openContent(outputs, at)
      break
    case 'response.content_part.done':
      closeContent(outputs, at)
      break
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      textDelta(outputs, at)
      break
    case 'response.output_text.done':
    case 'response.refusal.done':
      wholeText(outputs, at)
      break
    case 'response.output_text.annotation.added':
      citationDelta(outputs, at)
      break
    case 'response.function_call_arguments.delta':
      argumentsDelta(outputs, at, asText(body['delta']))
      break
    case 'response.function_call_arguments.done':
      argumentsDelta(outputs, at, asText(body['arguments']), 'whole')
      break
    default:
      decodeReasoningEvent(outputs, { body, type, events }, index)
  }
}

function decodeReasoningEvent(outputs: Outputs, { body, type, events }: Event, index: number): void {
  switch (type) {
    case 'response.reasoning_summary_part.added':
      reasoningPart(outputs, { index, body, events })
      break
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_text.delta':
      reasoningText(outputs, { index, body, events })
      break
    case 'response.reasoning_summary_part.done':
    case 'response.reasoning_summary_text.done':
    case 'response.reasoning_text.done':
      // Their deltas have said it; a server without deltas says it in the item's end.
      break
    default:
      if (isOpaqueOutput(outputs, body)) opaqueDelta(outputs, { index, body, events })
      else events.push({ type: 'opaque', wire: 'openai-responses', value: body })
  }
}

function itemOf(body: JsonObject, type: string): JsonObject {
  const item = asObject(body['item'])
  if (item === undefined) throw malformedAnswer(`${type} has no item`)
  return item
}
