import type { AnswerContext, ChatEvent, GatewayError, StreamDecoder, StreamFrame, StreamTap } from '#contract'
import { asText, parseObject } from '../../narrow.ts'
import { truncatedStream } from '../../upstream-error.ts'
import { predictionFailed } from './predictions.ts'

/*
 * A prediction's events → canonical events. https://replicate.com/docs/topics/predictions/streaming
 *
 *   state     entered by            left by
 *   waiting   start                 the first output, or done
 *   open      the first output      done: block-end, candidate-end, response-end
 *   closed    done                  never
 *
 *   event     data                                              canonical
 *   output    text                                              block-delta
 *   error     text, or {"detail"}                               thrown
 *   done      {}, or {"reason": "canceled" | "error"}           the end; thrown where it has a reason
 *   logs      text                                              nothing: it is the model's own log
 */

export function createStreamDecoder({ model }: Pick<AnswerContext, 'model'>): StreamDecoder {
  let state: 'waiting' | 'open' | 'closed' = 'waiting'

  function open(): readonly ChatEvent[] {
    if (state !== 'waiting') return []
    state = 'open'
    return [
      // The stream does not say which prediction it is of.
      { type: 'response-start', id: '', model },
      { type: 'block-start', candidate: 0, block: 0, start: { type: 'text' } },
    ]
  }

  function close(): readonly ChatEvent[] {
    const events: readonly ChatEvent[] = [
      ...open(),
      { type: 'block-end', candidate: 0, block: 0 },
      { type: 'candidate-end', candidate: 0, stopReason: { unified: 'stop', raw: 'succeeded' } },
      { type: 'response-end' },
    ]
    state = 'closed'
    return events
  }

  return {
    push(frame) {
      if (state === 'closed') return []
      const failure = failureOf(frame)
      if (failure !== undefined) throw failure
      if (frame.event === 'done') return close()
      if (frame.event !== 'output' || frame.data === '') return []
      const delta = { type: 'text', text: frame.data } as const
      return [...open(), { type: 'block-delta', candidate: 0, block: 0, delta }]
    },
    end() {
      if (state !== 'closed') throw truncatedStream('its done event')
      return []
    },
  }
}

function failureOf({ event, data }: StreamFrame): GatewayError | undefined {
  if (event === 'error') return predictionFailed(asText(parseObject(data)?.['detail']) ?? data)
  const reason = event === 'done' ? asText(parseObject(data)?.['reason']) : undefined
  return reason === undefined ? undefined : predictionFailed(`the prediction ended with ${reason}`)
}

export function createStreamTap(): StreamTap {
  let complete = false
  let failed = false
  return {
    push(frame) {
      if (failureOf(frame) !== undefined) failed = true
      if (frame.event === 'done') complete = true
      return 'forward'
    },
    complete: () => complete,
    failed: () => failed,
    facts: () => ({}),
  }
}
