import type { JsonObject, StreamFrame, StreamTap, TapFacts } from '#contract'
import type { Draft } from '../../draft.ts'
import { asList, asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { firstOfList } from './errors.ts'
import { decodeUsage } from './usage.ts'

/*
 * Watches chunks on the native lane. Each is an answer of its own kind: candidates, usage so far, the model.
 *
 *   finishReason of every candidate so far, or a blocked prompt   complete
 *   error                                                         failed
 *
 * Nothing is withheld: usage is part of every stream of this wire.
 */

type State = {
  failed: boolean
  blocked: boolean
  /** Index of a candidate → whether it has said why it stopped. */
  readonly finished: Map<number, boolean>
  rawUsage: JsonObject | undefined
  readonly facts: Draft<TapFacts>
}

export function createStreamTap(_options: { readonly withholdUsage: boolean }): StreamTap {
  const state: State = { failed: false, blocked: false, finished: new Map(), rawUsage: undefined, facts: {} }
  return {
    push: (frame) => {
      observe(state, frame)
      return 'forward'
    },
    complete: () => state.blocked || (state.finished.size > 0 && [...state.finished.values()].every(Boolean)),
    failed: () => state.failed,
    facts: () =>
      state.rawUsage === undefined ? state.facts : { ...state.facts, usage: decodeUsage(state.rawUsage) },
  }
}

function observe(state: State, frame: StreamFrame): void {
  const chunk = parseObject(frame.data) ?? firstOfList(frame.data)
  if (chunk === undefined) return
  if (asObject(chunk['error']) !== undefined) {
    state.failed = true
    return
  }
  state.rawUsage = asObject(chunk['usageMetadata']) ?? state.rawUsage
  const model = asText(chunk['modelVersion'])
  if (model !== undefined) state.facts.model = model
  for (const value of asList(chunk['candidates']) ?? []) observeCandidate(state, asObject(value) ?? {})
  const blockReason = asText(asObject(chunk['promptFeedback'])?.['blockReason'])
  if (blockReason === undefined) return
  state.blocked = true
  state.facts.stopReason = blockReason
}

function observeCandidate(state: State, candidate: JsonObject): void {
  const index = asNumber(candidate['index']) ?? 0
  const reason = asText(candidate['finishReason'])
  state.finished.set(index, reason !== undefined || state.finished.get(index) === true)
  if (reason !== undefined) state.facts.stopReason = reason
}
