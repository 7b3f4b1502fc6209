import type { StopReason } from '#contract'
import type { BedrockStopReason } from './types.ts'

type Unified = StopReason['unified']

/** The vendor's word → ours. Malformed output is neither an end nor a limit: other wires get their word for "other". */
const decoded: Readonly<Record<BedrockStopReason, Unified>> = {
  content_filtered: 'content-filter',
  end_turn: 'stop',
  guardrail_intervened: 'content-filter',
  malformed_model_output: 'other',
  malformed_tool_use: 'other',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-length',
  stop_sequence: 'stop-sequence',
  tool_use: 'tool-calls',
}

const encoded: Readonly<Record<Unified, BedrockStopReason>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-length': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'content_filtered',
  refusal: 'content_filtered',
  pause: 'end_turn',
  other: 'end_turn',
}

export function decodeStopReason(raw: string | undefined, sequence: string | undefined): StopReason {
  const unified =
    raw !== undefined && Object.hasOwn(decoded, raw) ? decoded[raw as BedrockStopReason] : 'other'
  const reason = { unified, raw: raw ?? null }
  return sequence === undefined ? reason : { ...reason, sequence }
}

/** `calledTool`: where the answer holds a tool call this vendor always says `tool_use`, which clients wait for. */
export function encodeStopReason(reason: StopReason, calledTool: boolean): BedrockStopReason {
  if (calledTool && (reason.unified === 'stop' || reason.unified === 'other')) return 'tool_use'
  // What is "other" to us may be a word of this very vendor.
  const { raw } = reason
  if (reason.unified === 'other' && raw !== null && Object.hasOwn(decoded, raw)) {
    return raw as BedrockStopReason
  }
  return encoded[reason.unified]
}
