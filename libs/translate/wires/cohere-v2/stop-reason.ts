import type { StopReason } from '#contract'
import type { CohereFinishReason } from './types.ts'

type Unified = StopReason['unified']

/** ERROR and TIMEOUT are no reasons to stop but failures: see `errors.ts`. */
type NaturalReason = Exclude<CohereFinishReason, 'ERROR' | 'TIMEOUT'>

/** The vendor's word → ours. */
const decoded: Readonly<Record<NaturalReason, Unified>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop-sequence',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool-calls',
}

/** Ours → the vendor's, which has no word for a filter. */
const encoded: Readonly<Record<Unified, NaturalReason>> = {
  stop: 'COMPLETE',
  'stop-sequence': 'STOP_SEQUENCE',
  length: 'MAX_TOKENS',
  'context-length': 'MAX_TOKENS',
  'tool-calls': 'TOOL_CALL',
  'content-filter': 'COMPLETE',
  refusal: 'COMPLETE',
  pause: 'COMPLETE',
  other: 'COMPLETE',
}

export function decodeStopReason(raw: string | null): StopReason {
  return {
    unified: raw !== null && Object.hasOwn(decoded, raw) ? decoded[raw as NaturalReason] : 'other',
    raw,
  }
}

/**
 * A turn that calls a tool ends for it here, also where its vendor says no more than that it stopped (a forced call). This
 * vendor's own word stays.
 */
export function encodeStopReason({ unified, raw }: StopReason, calledTool: boolean): NaturalReason {
  return calledTool && unified === 'stop' && raw !== 'COMPLETE' ? 'TOOL_CALL' : encoded[unified]
}

/** True where the vendor's word says less than ours: the caller would take a cut answer for a whole one. */
export function losesReason({ unified }: StopReason): boolean {
  return unified === 'content-filter' || unified === 'refusal' || unified === 'pause'
}
