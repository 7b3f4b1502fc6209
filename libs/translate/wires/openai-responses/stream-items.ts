import type { Json, StreamFrame } from '#contract'
import { asObject } from '../../narrow.ts'
import { isAnnotation } from './citations.ts'
import { itemId } from './item.ts'
import { encodeLogprobs, printEventLogprobs, warnOfLogprobs } from './logprobs.ts'
import { reasoningItem } from './reasoning-item.ts'
import {
  type CallItem,
  frame,
  type MessageItem,
  type OpaqueItem,
  type ReasoningItem,
  type SaidPart,
  type StreamState,
} from './stream-state.ts'
import type { ItemStatus } from './types.ts'

/*
 * The events of each kind of item, in the vendor's order:
 *
 *   message     output_item.added  (content_part.added  …delta*  …done  content_part.done)+  output_item.done
 *   reasoning   output_item.added  (reasoning_summary_part.added  …text.delta*  …text.done  …part.done)?  output_item.done
 *   call        output_item.added  function_call_arguments.delta*  function_call_arguments.done  output_item.done
 *   opaque      output_item.added  its own events*  output_item.done
 */

type Frames = StreamFrame[]

function added(state: StreamState, index: number, item: string): StreamFrame {
  return frame(state, 'response.output_item.added', `"output_index":${index},"item":${item},`)
}

function done(state: StreamState, index: number, item: string): StreamFrame {
  state.output[index] = item
  return frame(state, 'response.output_item.done', `"output_index":${index},"item":${item},`)
}

function takeIndex(state: StreamState): number {
  const index = state.nextIndex
  state.nextIndex += 1
  return index
}

/** Where an event of an item belongs, as JSON text. */
function place(item: { readonly id: string; readonly index: number }): string {
  return `"item_id":${JSON.stringify(item.id)},"output_index":${item.index},`
}

function printMessage({ id, parts }: MessageItem, status: ItemStatus): string {
  return `{"id":${JSON.stringify(id)},"type":"message","status":"${status}","role":"assistant","content":[${parts.join(',')}]}`
}

/** Opens a text or a refusal, in the message that is open or in a new one. */
export function openPart(state: StreamState, type: SaidPart['type'], frames: Frames): MessageItem {
  let message = state.message
  if (message === undefined) {
    const index = takeIndex(state)
    const id = itemId('msg', state.responseId, index)
    message = { kind: 'message', index, id, parts: [], part: undefined }
    state.message = message
    frames.push(added(state, index, printMessage(message, 'in_progress')))
  }
  closePart(state, message, frames)
  const index = message.parts.length
  const at = `${place(message)}"content_index":${index},`
  const event = type === 'refusal' ? 'response.refusal.delta' : 'response.output_text.delta'
  const head = `{"type":"${event}",${at}"delta":`
  message.part = { type, index, head, text: '', annotations: [], logprobs: [] }
  frames.push(frame(state, 'response.content_part.added', `${at}"part":${printPart(message.part)},`))
  return message
}

function printPart({ type, text, annotations, logprobs }: SaidPart): string {
  const said = JSON.stringify(text)
  return type === 'refusal'
    ? `{"type":"refusal","refusal":${said}}`
    : `{"type":"output_text","annotations":${JSON.stringify(annotations)},"logprobs":${JSON.stringify(logprobs)},"text":${said}}`
}

/** The frequent one: put together as text, since one string and one number differ. */
export function sayText(
  state: StreamState,
  part: SaidPart,
  { text, logprobs }: { readonly text: string; readonly logprobs: Json | undefined },
): StreamFrame {
  part.text += text
  const number = state.sequence
  state.sequence += 1
  if (part.type === 'refusal') {
    if (logprobs !== undefined) warnOfLogprobs(state.warnings)
    return {
      event: 'response.refusal.delta',
      data: `${part.head}${JSON.stringify(text)},"sequence_number":${number}}`,
    }
  }
  let likely = '[]'
  if (logprobs !== undefined) {
    const items = encodeLogprobs(logprobs, state.warnings)
    part.logprobs.push(...items)
    likely = printEventLogprobs(items)
  }
  return {
    event: 'response.output_text.delta',
    data: `${part.head}${JSON.stringify(text)},"logprobs":${likely},"sequence_number":${number}}`,
  }
}

/** `undefined` for another vendor's citation. */
export function sayCitation(
  state: StreamState,
  message: MessageItem,
  citation: Json,
): StreamFrame | undefined {
  const { part } = message
  if (part?.type !== 'output_text' || !isAnnotation(citation)) return undefined
  const number = part.annotations.push(citation) - 1
  const at = `${place(message)}"content_index":${part.index},"annotation_index":${number},`
  return frame(
    state,
    'response.output_text.annotation.added',
    `${at}"annotation":${JSON.stringify(citation)},`,
  )
}

export function closePart(state: StreamState, message: MessageItem, frames: Frames): void {
  const { part } = message
  if (part === undefined) return
  message.part = undefined
  const at = `${place(message)}"content_index":${part.index},`
  const text = JSON.stringify(part.text)
  frames.push(
    part.type === 'refusal'
      ? frame(state, 'response.refusal.done', `${at}"refusal":${text},`)
      : frame(
          state,
          'response.output_text.done',
          `${at}"text":${text},"logprobs":${printEventLogprobs(part.logprobs)},`,
        ),
  )
  const printed = printPart(part)
  message.parts.push(printed)
  frames.push(frame(state, 'response.content_part.done', `${at}"part":${printed},`))
}

/** Ends the open message, if there is one. */
export function closeMessage(state: StreamState, status: ItemStatus, frames: Frames): void {
  const { message } = state
  if (message === undefined) return
  closePart(state, message, frames)
  state.message = undefined
  frames.push(done(state, message.index, printMessage(message, status)))
}

export function openReasoning(
  state: StreamState,
  redacted: string | undefined,
  frames: Frames,
): ReasoningItem {
  const index = takeIndex(state)
  const item = reasoningItem(
    { text: '', ...(redacted !== undefined && { redacted }) },
    itemId('rs', state.responseId, index),
  )
  const id = String(item['id'])
  const head = `{"type":"response.reasoning_summary_text.delta",${place({ id, index })}"summary_index":0,"delta":`
  frames.push(added(state, index, JSON.stringify({ id, type: 'reasoning', summary: [] })))
  return { kind: 'reasoning', index, id, head, text: undefined, signature: '', redacted, isDone: false }
}

export function sayReasoning(state: StreamState, item: ReasoningItem, text: string, frames: Frames): void {
  if (item.text === undefined) {
    item.text = ''
    const at = `${place(item)}"summary_index":0,`
    const part = '{"type":"summary_text","text":""}'
    frames.push(frame(state, 'response.reasoning_summary_part.added', `${at}"part":${part},`))
  }
  item.text += text
  frames.push({
    event: 'response.reasoning_summary_text.delta',
    data: `${item.head}${JSON.stringify(text)},"sequence_number":${state.sequence}}`,
  })
  state.sequence += 1
}

export function closeReasoning(state: StreamState, item: ReasoningItem, frames: Frames): void {
  if (item.isDone) return
  item.isDone = true
  if (item.text !== undefined) {
    const at = `${place(item)}"summary_index":0,`
    const text = JSON.stringify(item.text)
    frames.push(
      frame(state, 'response.reasoning_summary_text.done', `${at}"text":${text},`),
      frame(
        state,
        'response.reasoning_summary_part.done',
        `${at}"part":{"type":"summary_text","text":${text}},`,
      ),
    )
  }
  const proof = item.redacted !== undefined ? { redacted: item.redacted } : { signature: item.signature }
  const whole = { ...reasoningItem({ text: item.text ?? '', ...proof }, item.id), id: item.id }
  frames.push(done(state, item.index, JSON.stringify(whole)))
}

export function openCall(
  state: StreamState,
  call: { readonly id: string; readonly name: string },
  frames: Frames,
): CallItem {
  const index = takeIndex(state)
  const id = itemId('fc', state.responseId, index)
  const head = `{"type":"response.function_call_arguments.delta",${place({ id, index })}"delta":`
  const item: CallItem = {
    kind: 'call',
    index,
    id,
    callId: call.id,
    name: call.name,
    head,
    text: '',
    isDone: false,
  }
  frames.push(added(state, index, printCall(item, '', 'in_progress')))
  return item
}

function printCall({ id, callId, name }: CallItem, text: string, status: ItemStatus): string {
  return JSON.stringify({ id, type: 'function_call', status, arguments: text, call_id: callId, name })
}

export function sayArguments(state: StreamState, item: CallItem, text: string): StreamFrame {
  item.text += text
  const data = `${item.head}${JSON.stringify(text)},"sequence_number":${state.sequence}}`
  state.sequence += 1
  return { event: 'response.function_call_arguments.delta', data }
}

/** A call without arguments gets `{}`, which clients parse. */
export function closeCall(state: StreamState, item: CallItem, status: ItemStatus, frames: Frames): void {
  if (item.isDone) return
  item.isDone = true
  const text = item.text === '' ? '{}' : item.text
  if (item.text === '') frames.push(sayArguments(state, item, text))
  frames.push(
    frame(
      state,
      'response.function_call_arguments.done',
      `${place(item)}"arguments":${JSON.stringify(text)},`,
    ),
    done(state, item.index, printCall(item, text, status)),
  )
}

export function openOpaque(state: StreamState, value: Json, frames: Frames): OpaqueItem {
  const index = takeIndex(state)
  frames.push(added(state, index, JSON.stringify(value)))
  return { kind: 'opaque', index, value, isDone: false }
}

/** One of the item's own events; its last one brings the item as it ended. */
export function sayOpaque(state: StreamState, item: OpaqueItem, value: Json, frames: Frames): void {
  const event = asObject(value)
  const type = event?.['type']
  if (event === undefined || typeof type !== 'string' || item.isDone) return
  if (type === 'response.output_item.done') {
    item.value = event['item'] ?? item.value
    closeOpaque(state, item, frames)
    return
  }
  const body = { ...event, output_index: item.index, sequence_number: state.sequence }
  state.sequence += 1
  frames.push({ event: type, data: JSON.stringify(body) })
}

export function closeOpaque(state: StreamState, item: OpaqueItem, frames: Frames): void {
  if (item.isDone) return
  item.isDone = true
  frames.push(done(state, item.index, JSON.stringify(item.value)))
}
