import type { JsonObject, StreamFrame, StreamTap, TapFacts } from '#contract'
import type { Draft } from '../../draft.ts'
import { asObject, asText, parseObject } from '../../narrow.ts'
import { decodeUsage, mergeRawUsage } from './usage.ts'

/*
 * Watches events on the native lane. The event's name says what it is, so the deltas between are never parsed.
 *
 *   message_start    model, usage so far
 *   message_delta    stop reason, cumulative usage
 *   message_stop     complete
 *   error            failed
 *
 * Nothing is withheld: usage is part of every stream of this wire.
 */

type State = {
  complete: boolean
  failed: boolean
  rawUsage: JsonObject | undefined
  readonly facts: Draft<TapFacts>
}

export function createStreamTap(_options: { readonly withholdUsage: boolean }): StreamTap {
  const state: State = { complete: false, failed: false, rawUsage: undefined, facts: {} }
  return {
    push: (frame) => {
      observe(state, frame)
      return 'forward'
    },
    complete: () => state.complete,
    failed: () => state.failed,
    facts: () => state.facts,
  }
}

function observe(state: State, frame: StreamFrame): void {
  switch (frame.event ?? asText(parseObject(frame.data)?.['type'])) {
    case 'message_start':
      observeMessage(state, asObject(parseObject(frame.data)?.['message']))
      break
    case 'message_delta':
      observeDelta(state, parseObject(frame.data))
      break
    case 'message_stop':
      state.complete = true
      break
    case 'error':
      state.failed = true
      break
  }
}

function observeMessage(state: State, message: JsonObject | undefined): void {
  const model = asText(message?.['model'])
  if (model !== undefined) state.facts.model = model
  observeUsage(state, message)
}

function observeDelta(state: State, body: JsonObject | undefined): void {
  const stopReason = asText(asObject(body?.['delta'])?.['stop_reason'])
  if (stopReason !== undefined) state.facts.stopReason = stopReason
  observeUsage(state, body)
}

function observeUsage(state: State, object: JsonObject | undefined): void {
  const raw = asObject(object?.['usage'])
  if (raw === undefined) return
  state.rawUsage = mergeRawUsage(state.rawUsage, raw)
  state.facts.usage = decodeUsage(state.rawUsage)
}
