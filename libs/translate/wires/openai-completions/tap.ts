import type { JsonObject, StreamFrame, StreamTap, TapFacts } from '#contract'
import type { Draft } from '../../draft.ts'
import { asList, asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { decodeUsage } from '../openai-chat/usage.ts'

/*
 * Watches chunks on the native lane without parsing those that say nothing new: the great majority carry a piece of text.
 *
 *   a chunk is parsed when it is the first, has a finish_reason, a usage or an error
 *   complete   `[DONE]` alone: chunks do not say how many candidates there will be
 *   failed     a chunk with a truthy `error`, or an `error` event
 *
 * Looking for `"usage":` in the text is exact: inside a JSON string its quotes would be preceded by backslashes.
 */
const news = /"(?:finish_reason|usage|error)"\s*:\s*[^n\s]/

type State = { started: boolean; done: boolean; failed: boolean; readonly facts: Draft<TapFacts> }

export function createStreamTap(options: { readonly withholdUsage: boolean }): StreamTap {
  const state: State = { started: false, done: false, failed: false, facts: {} }
  return {
    push: (frame) => (observe(state, frame) && options.withholdUsage ? 'withhold' : 'forward'),
    complete: () => state.done,
    failed: () => state.failed,
    facts: () => state.facts,
  }
}

/** True for the usage chunk: usage, and no choices. */
function observe(state: State, { event, data }: StreamFrame): boolean {
  if (data === '[DONE]') {
    state.done = true
    return false
  }
  if (event === 'error') state.failed = true
  if (state.started && !news.test(data)) return false
  const chunk = parseObject(data)
  if (chunk === undefined) return false
  if (chunk['error']) state.failed = true
  state.started = true
  return observeChunk(state.facts, chunk)
}

function observeChunk(facts: Draft<TapFacts>, chunk: JsonObject): boolean {
  const model = asText(chunk['model'])
  if (model !== undefined && model !== '') facts.model = model
  const choices = asList(chunk['choices']) ?? []
  for (const choice of choices.map(asObject)) {
    const stopReason = asText(choice?.['finish_reason'])
    const isFirst = (asNumber(choice?.['index']) ?? 0) === 0
    if (stopReason !== undefined && (isFirst || facts.stopReason === undefined)) facts.stopReason = stopReason
  }
  const usage = asObject(chunk['usage'])
  if (usage === undefined) return false
  facts.usage = decodeUsage(usage)
  return choices.length === 0
}
