import type { JsonObject, StreamFrame, StreamTap, TapFacts } from '#contract'
import type { Draft } from '../../draft.ts'
import { asObject, asText, parseObject } from '../../narrow.ts'
import { tapResponse } from './response.ts'

/*
 * Watches events on the native lane and parses only those that hold the whole response: the first, and the last.
 *
 *   a frame is parsed when it is the first, or its type is one of the ends
 *   complete   response.completed, response.incomplete, response.cancelled
 *   failed     response.failed, or an `error` event
 *
 * The type is the event's name, which the vendor always sends; where a server leaves it out it is looked for in the text.
 */

type State = { started: boolean; complete: boolean; failed: boolean; facts: Draft<TapFacts> }

export function createStreamTap(): StreamTap {
  const state: State = { started: false, complete: false, failed: false, facts: {} }
  return {
    push(frame) {
      observe(state, frame)
      return 'forward'
    },
    complete: () => state.complete,
    failed: () => state.failed,
    facts: () => state.facts,
  }
}

const news = /^(?:error$|response\.(?:completed|incomplete|cancelled|failed)$)/
/** Exact: inside a JSON string its quotes would be preceded by backslashes. */
const newsInText = /"type"\s*:\s*"(?:error|response\.(?:completed|incomplete|cancelled|failed))"/

function observe(state: State, { event, data }: StreamFrame): void {
  const isNews = event === undefined ? newsInText.test(data) : news.test(event)
  if (!isNews && state.started) return
  state.started = true
  const body = parseObject(data)
  if (event === 'error') state.failed = true
  if (body !== undefined) observeEvent(state, body, asText(body['type']) ?? event)
}

function observeEvent(state: State, body: JsonObject, type: string | undefined): void {
  // Some servers of this wire report an error as other APIs of the vendor do.
  if (type === 'error' || type === 'response.failed' || asObject(body['error']) !== undefined) {
    state.failed = true
  }
  const response = asObject(body['response'])
  if (response === undefined) return
  const { stopReason, ...facts } = tapResponse(response)
  Object.assign(state.facts, facts)
  if (type !== 'response.completed' && type !== 'response.incomplete' && type !== 'response.cancelled') return
  state.complete = true
  if (stopReason !== undefined) state.facts.stopReason = stopReason
}
