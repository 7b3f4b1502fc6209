import type { CallerContext, ChatEvent, Json, JsonObject, StopReason, StreamFrame, Usage } from '#contract'
import { warnOfForeign } from '../../foreign-extensions.ts'
import type { Warnings } from '../../warnings.ts'
import { encodeEcho } from './echo.ts'
import { responseId } from './item.ts'
import { encodeStopReason } from './stop-reason.ts'
import type { ItemStatus } from './types.ts'
import { encodeUsage } from './usage.ts'

/** A message that is being written; at most one of its parts is open. */
export type MessageItem = {
  readonly kind: 'message'
  readonly index: number
  readonly id: string
  /** Parts that are whole, as JSON. */
  readonly parts: string[]
  part: SaidPart | undefined
}
export type SaidPart = {
  readonly type: 'output_text' | 'refusal'
  readonly index: number
  /** All of a delta's event before its text. */
  readonly head: string
  text: string
  readonly annotations: Json[]
  readonly logprobs: JsonObject[]
}
export type ReasoningItem = {
  readonly kind: 'reasoning'
  readonly index: number
  readonly id: string
  readonly head: string
  /** Absent until the summary has begun. */
  text: string | undefined
  signature: string
  readonly redacted: string | undefined
  isDone: boolean
}
export type CallItem = {
  readonly kind: 'call'
  readonly index: number
  readonly id: string
  readonly callId: string
  readonly name: string
  readonly head: string
  text: string
  isDone: boolean
}
export type OpaqueItem = { readonly kind: 'opaque'; readonly index: number; value: Json; isDone: boolean }
export type Item = MessageItem | ReasoningItem | CallItem | OpaqueItem

export type StreamState = {
  readonly caller: CallerContext
  readonly warnings: Warnings
  /** By canonical number; a block that is left out is absent. */
  readonly blocks: Map<number, Item>
  /** The message that the next text or refusal is a part of. */
  message: MessageItem | undefined
  /** Items that are whole, as JSON, by their place. */
  readonly output: string[]
  nextIndex: number
  sequence: number
  responseId: string
  /** `"id":…,"object":"response",…,"model":…` and what repeats the request. */
  head: string
  echo: string
  stopReason: StopReason | undefined
  usage: Usage | undefined
}

/** One event. `members` is JSON text with its comma at the end; the event's name is its type. */
export function frame(state: StreamState, type: string, members: string): StreamFrame {
  const data = `{"type":"${type}",${members}"sequence_number":${state.sequence}}`
  state.sequence += 1
  return { event: type, data }
}

export function begin(state: StreamState, event: Extract<ChatEvent, { type: 'response-start' }>): void {
  const { caller, warnings } = state
  warnOfForeign(event.extensions, { own: 'openai-responses', warnings })
  state.responseId = responseId(event.id, caller.requestId)
  const head = {
    id: state.responseId,
    object: 'response',
    created_at: event.createdAtSeconds ?? caller.nowSeconds,
    model: event.model === '' ? caller.model : event.model,
  }
  state.head = JSON.stringify(head).slice(1, -1)
  state.echo = JSON.stringify(encodeEcho(caller.request, undefined)).slice(1, -1)
}

/** The status of what is not whole when the answer ends. */
export function endStatus(state: StreamState): ItemStatus {
  return encodeStopReason(state.stopReason) === undefined ? 'completed' : 'incomplete'
}

/** The whole response so far, as the first and the last events hold it. */
export function printResponse(state: StreamState, phase: 'begun' | 'ended'): string {
  const reason = phase === 'begun' ? undefined : encodeStopReason(state.stopReason)
  const status = phase === 'begun' ? 'in_progress' : reason === undefined ? 'completed' : 'incomplete'
  const details = reason === undefined ? 'null' : `{"reason":"${reason}"}`
  const usage = phase === 'begun' ? 'null' : JSON.stringify(encodeUsage(state.usage))
  return `{${state.head},"status":"${status}","error":null,"incomplete_details":${details},"output":[${state.output.join(',')}],"usage":${usage},${state.echo}}`
}
