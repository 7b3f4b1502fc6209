import type { JsonObject, StreamFrame, StreamTap, TapFacts } from '#contract'
import type { Draft } from '../../draft.ts'
import { asList, asNumber, asObject, asText, parseObject } from '../../narrow.ts'
import { decodeUsage } from './usage.ts'

/*
 * Watches chunks on the native lane without parsing those that say nothing new: the great majority carry one delta.
 *
 *   a chunk is parsed when it is the first, names a role, has a finish_reason, a usage or an error
 *   complete   `[DONE]`, or every candidate seen has its finish_reason
 *   failed     a chunk with a truthy `error`, or an `error` event
 *
 * Looking for `"usage":` in the text is exact: inside a JSON string its quotes would be preceded by backslashes.
 */

type State = {
  started: boolean
  done: boolean
  failed: boolean
  readonly seen: Set<number>
  readonly finished: Set<number>
  readonly facts: Draft<TapFacts>
}

export function createStreamTap(options: { readonly withholdUsage: boolean }): StreamTap {
  const state: State = {
    started: false,
    done: false,
    failed: false,
    seen: new Set(),
    finished: new Set(),
    facts: {},
  }
  return {
    push: (frame) => (observe(state, frame) && options.withholdUsage ? 'withhold' : 'forward'),
    complete: () => state.done || (state.seen.size > 0 && state.finished.size === state.seen.size),
    failed: () => state.failed,
    facts: () => state.facts,
  }
}

/** True for the usage chunk: usage, and no choices. */
function observe(state: State, frame: StreamFrame): boolean {
  const { data } = frame
  if (data === '[DONE]') {
    state.done = true
    return false
  }
  if (frame.event === 'error') state.failed = true
  if (!isNews(state, data)) return false
  const chunk = parseObject(data)
  if (chunk === undefined) return false
  if (chunk['error']) state.failed = true
  return observeChunk(state, chunk)
}

/** One scan for the members that matter, with any value but `null`. */
const news = /"(?:role|finish_reason|usage|error)"\s*:\s*[^n\s]/

function isNews(state: State, data: string): boolean {
  return !state.started || news.test(data)
}

function observeChunk(state: State, chunk: JsonObject): boolean {
  state.started = true
  const model = asText(chunk['model'])
  if (model !== undefined && model !== '') state.facts.model = model
  const choices = asList(chunk['choices']) ?? []
  for (const choice of choices) observeChoice(state, asObject(choice))
  const usage = asObject(chunk['usage'])
  if (usage === undefined) return false
  state.facts.usage = decodeUsage(usage)
  return choices.length === 0
}

function observeChoice(state: State, choice: JsonObject | undefined): void {
  if (choice === undefined) return
  const index = asNumber(choice['index']) ?? 0
  state.seen.add(index)
  const stopReason = asText(choice['finish_reason'])
  if (stopReason === undefined) return
  state.finished.add(index)
  state.facts.stopReason ??= stopReason
}
