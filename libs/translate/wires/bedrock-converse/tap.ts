import type { StreamFrame, StreamTap, TapFacts } from '#contract'
import type { Draft } from '../../draft.ts'
import { asObject, asText, parseObject } from '../../narrow.ts'
import { decodeUsage } from './usage.ts'

/*
 * Watches events on the native lane. The frame's name says what it is, so the deltas between are never parsed.
 *
 *   messageStop    stop reason, complete
 *   metadata       usage
 *   an exception   failed
 *
 * Nothing is withheld: usage is part of every stream of this wire.
 */
export function createStreamTap(_options: { readonly withholdUsage: boolean }): StreamTap {
  const facts: Draft<TapFacts> = {}
  let complete = false
  let failed = false

  function observe(frame: StreamFrame): void {
    if (frame.exception === true) {
      failed = true
    } else if (frame.event === 'messageStop') {
      complete = true
      const stopReason = asText(parseObject(frame.data)?.['stopReason'])
      if (stopReason !== undefined) facts.stopReason = stopReason
    } else if (frame.event === 'metadata') {
      const usage = asObject(parseObject(frame.data)?.['usage'])
      if (usage !== undefined) facts.usage = decodeUsage(usage)
    }
  }

  return {
    push: (frame) => {
      observe(frame)
      return 'forward'
    },
    complete: () => complete,
    failed: () => failed,
    facts: () => facts,
  }
}
