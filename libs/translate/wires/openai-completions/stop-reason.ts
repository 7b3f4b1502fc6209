import type { StopReason } from '#contract'

/** `CompletionChoice.finish_reason` of openai 7.57.0. */
type FinishReason = 'stop' | 'length' | 'content_filter'

const encoded: Readonly<Record<StopReason['unified'], FinishReason>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-length': 'length',
  'tool-calls': 'stop',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
  pause: 'stop',
  other: 'stop',
}

export function encodeStopReason(reason: StopReason): FinishReason {
  return encoded[reason.unified]
}
