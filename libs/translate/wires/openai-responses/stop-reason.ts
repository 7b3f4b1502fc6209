import type { StopReason } from '#contract'
import type { ResponsesIncompleteReason } from './types.ts'

/** Why an answer is not whole → our word. */
const decoded: Readonly<Record<ResponsesIncompleteReason, StopReason['unified']>> = {
  max_output_tokens: 'length',
  content_filter: 'content-filter',
  max_messages: 'other',
  steered: 'other',
}

/** Ours → why an answer is not whole; the words that are missing stand for a whole one. */
const encoded: { readonly [unified in StopReason['unified']]?: ResponsesIncompleteReason } = {
  length: 'max_output_tokens',
  'context-length': 'max_output_tokens',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
}

export function decodeStopReason(options: {
  readonly status: string | undefined
  /** `incomplete_details.reason`. */
  readonly reason: string | undefined
  readonly calledTool: boolean
}): StopReason {
  const { status, reason, calledTool } = options
  if (status === 'completed') return { unified: calledTool ? 'tool-calls' : 'stop', raw: status }
  const raw = (status === 'incomplete' ? reason : undefined) ?? status ?? null
  const known = raw !== null && Object.hasOwn(decoded, raw)
  return { unified: known ? decoded[raw as ResponsesIncompleteReason] : 'other', raw }
}

/** `undefined` for an answer that is whole. */
export function encodeStopReason(reason: StopReason | undefined): ResponsesIncompleteReason | undefined {
  if (reason === undefined) return undefined
  if (reason.unified === 'other' && (reason.raw === 'max_messages' || reason.raw === 'steered')) {
    return reason.raw
  }
  return encoded[reason.unified]
}
