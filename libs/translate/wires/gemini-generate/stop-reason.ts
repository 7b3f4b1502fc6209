import type { StopReason } from '#contract'
import { type FinishReason, finishReasons } from './types.ts'

type Unified = StopReason['unified']

/** The vendor's word → ours. https://ai.google.dev/api/generate-content#FinishReason, and FinishReason in types.ts */
const decoded: Readonly<Record<FinishReason, Unified>> = {
  FINISH_REASON_UNSPECIFIED: 'other',
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  LANGUAGE: 'other',
  OTHER: 'other',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'other',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_OTHER: 'other',
  NO_IMAGE: 'other',
  IMAGE_RECITATION: 'content-filter',
  UNEXPECTED_TOOL_CALL: 'other',
  TOO_MANY_TOOL_CALLS: 'other',
  MISSING_THOUGHT_SIGNATURE: 'other',
  MALFORMED_RESPONSE: 'other',
  ESCALATION: 'content-filter',
  PUP_LIMITED_DISABLED: 'content-filter',
  CONTINUATION: 'pause',
  MODEL_ARMOR: 'content-filter',
}

/** Ours → the vendor's. CONTINUATION wants a token that other vendors have not: their pauses are a plain stop. */
const encoded: Readonly<Record<Unified, FinishReason>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  'context-length': 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  refusal: 'SAFETY',
  pause: 'STOP',
  other: 'OTHER',
}

/** `calledTool`: the answer holds a function call, for which this vendor has no reason of its own ("STOP"). */
export function decodeStopReason(raw: string | null, calledTool: boolean): StopReason {
  const unified = isFinishReason(raw) ? decoded[raw] : 'other'
  return { unified: unified === 'stop' && calledTool ? 'tool-calls' : unified, raw }
}

/** A prompt that was blocked has no candidate and so no reason to stop but that one. */
export function blockedReason(blockReason: string): StopReason {
  return { unified: 'content-filter', raw: blockReason }
}

/** The vendor's own word where it is one that means the same, else its nearest. */
export function encodeStopReason({ unified, raw }: StopReason): FinishReason {
  if (isFinishReason(raw)) {
    const { unified: meant } = decodeStopReason(raw, unified === 'tool-calls')
    if (meant === unified) return raw
  }
  return encoded[unified]
}

function isFinishReason(raw: string | null): raw is FinishReason {
  return raw !== null && (finishReasons as readonly string[]).includes(raw)
}
