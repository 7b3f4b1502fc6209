import type { StreamFrame, StreamTap, TapFacts } from '#contract'
import type { Draft } from '../../draft.ts'
import { asObject, asText, parseObject } from '../../narrow.ts'
import { decodeFailure } from './errors.ts'
import { decodeUsage } from './usage.ts'

/*
 * Watches events on the native lane: `message-end` alone says something new, and ends the stream.
 *
 *   complete   message-end
 *   failed     message-end of a failure, or an `error` event
 *
 * Looking for the type in the text is exact: inside a JSON string its quotes would be preceded by backslashes.
 */
const lastEvent = /"type"\s*:\s*"message-end"/

export function createStreamTap(): StreamTap {
  const facts: Draft<TapFacts> = {}
  let complete = false
  let failed = false

  function observe({ event, data }: StreamFrame): void {
    if (event === 'error') failed = true
    if (event !== undefined && event !== 'message-end') return
    if (!lastEvent.test(data)) return
    complete = true
    const delta = asObject(parseObject(data)?.['delta'])
    if (delta === undefined) return
    if (decodeFailure(delta) !== undefined) failed = true
    const usage = asObject(delta['usage'])
    if (usage !== undefined) facts.usage = decodeUsage(usage)
    const stopReason = asText(delta['finish_reason'])
    if (stopReason !== undefined) facts.stopReason = stopReason
  }

  return {
    push(frame) {
      observe(frame)
      // Usage is never asked for apart: nothing of ours is to be kept back.
      return 'forward'
    },
    complete: () => complete,
    failed: () => failed,
    facts: () => facts,
  }
}
