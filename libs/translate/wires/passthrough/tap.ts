import type { StreamTap, TapFacts } from '#contract'
import type { Draft } from '../../draft.ts'
import { asText, parseObject } from '../../narrow.ts'
import { readUsage } from './usage.ts'

/*
 * Watches events whose data is an object with a `type`. An event with a picture in it may be megabytes long: only one
 * whose text looks like the last one or like an error is parsed.
 *
 *   complete   an event whose type says that it is the last, or `[DONE]`
 *   failed     an `error` event, or an object with a truthy `error` or of type `error`
 */
export function createEventTap(lastEvent: RegExp | undefined): StreamTap {
  const facts: Draft<TapFacts> = {}
  let complete = false
  let failed = false

  function observe(data: string): void {
    const event = parseObject(data)
    const type = asText(event?.['type']) ?? ''
    if (event?.['error'] || type === 'error') failed = true
    if (lastEvent?.test(type) !== true) return
    complete = true
    const usage = readUsage(event?.['usage'])
    if (usage !== undefined) facts.usage = usage
  }

  return {
    push(frame) {
      if (frame.event === 'error') failed = true
      if (frame.data === '[DONE]') complete = true
      else if (mayMatter.test(frame.data)) observe(frame.data)
      return 'forward'
    },
    complete: () => complete,
    failed: () => failed,
    facts: () => facts,
  }
}

/** Inside a JSON string the quotes would have backslashes before them. */
const mayMatter = /"type"\s*:\s*"[\w.]*(?:done|completed|error)"|"error"\s*:\s*[^n\s]/
