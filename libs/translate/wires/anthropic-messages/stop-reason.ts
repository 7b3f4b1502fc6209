import type { StopReason } from '#contract'
import type { Draft } from '../../draft.ts'
import type { AnthropicStopReason } from './types.ts'

type Unified = StopReason['unified']

/** The vendor's word → ours. https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const decoded: Readonly<Record<AnthropicStopReason, Unified>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  stop_sequence: 'stop-sequence',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
  model_context_window_exceeded: 'context-length',
}

const encoded: Readonly<Record<Unified, AnthropicStopReason>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-length': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
}

export function decodeStopReason(raw: string | null, sequence: string | undefined): StopReason {
  const unified = raw !== null && Object.hasOwn(decoded, raw) ? decoded[raw as AnthropicStopReason] : 'other'
  const reason: Draft<StopReason> = { unified, raw }
  if (sequence !== undefined) reason.sequence = sequence
  return reason
}

/**
 * `calledTool`: the answer holds a tool call. Some providers then still say "stop" (OpenAI does for a forced
 * function), where this vendor always says `tool_use`, which clients wait for.
 */
export function encodeStopReason(reason: StopReason, calledTool: boolean): AnthropicStopReason {
  return calledTool && (reason.unified === 'stop' || reason.unified === 'other')
    ? 'tool_use'
    : encoded[reason.unified]
}
