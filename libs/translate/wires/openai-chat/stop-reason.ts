import type { StopReason } from '#contract'
import type { OpenAiFinishReason } from './types.ts'

type Unified = StopReason['unified']

/** The vendor's word → ours. Words of other vendors on this wire (`eos`, `error`, …) are `other`. */
const decoded: Readonly<Record<OpenAiFinishReason, Unified>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'content-filter',
  function_call: 'tool-calls',
}

/** Ours → the vendor's. A refusal is Anthropic's safety stop, which here is the content filter's. */
const encoded: Readonly<Record<Unified, OpenAiFinishReason>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-length': 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
  pause: 'stop',
  other: 'stop',
}

export function decodeStopReason(raw: string | null): StopReason {
  return {
    unified: raw !== null && Object.hasOwn(decoded, raw) ? decoded[raw as OpenAiFinishReason] : 'other',
    raw,
  }
}

export function encodeStopReason(reason: StopReason): OpenAiFinishReason {
  return encoded[reason.unified]
}
