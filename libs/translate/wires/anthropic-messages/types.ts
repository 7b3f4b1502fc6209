import type { Json, JsonObject } from '#contract'

/*
 * The vendor's JSON as far as this wire writes it; what it reads is narrowed by hand where it is read.
 * Source: npm package @anthropic-ai/sdk 1.12.0, resources/messages/messages.d.ts and resources/shared.d.ts
 * (API version 2026-10-21; the members of 2023-06-01 are the same but for the sampling parameters, see model-traits.ts).
 */

export type AnthropicStopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded'

/** `MessageDeltaUsage`: the cumulative members of a message's usage. */
export type AnthropicDeltaUsage = {
  readonly input_tokens: number
  readonly cache_creation_input_tokens: number
  readonly cache_read_input_tokens: number
  readonly output_tokens: number
  readonly output_tokens_details: { readonly thinking_tokens: number } | null
  readonly server_tool_use: null
}

/** `Usage` of a message. */
export type AnthropicUsage = AnthropicDeltaUsage & {
  readonly cache_creation: null
  readonly inference_geo: null
  readonly service_tier: 'standard' | 'priority' | 'batch' | null
  readonly speed: null
}

export type AnthropicMessage = {
  readonly id: string
  readonly type: 'message'
  readonly role: 'assistant'
  readonly model: string
  readonly content: readonly JsonObject[]
  readonly stop_reason: AnthropicStopReason | null
  readonly stop_sequence: string | null
  readonly stop_details: Json
  readonly container: Json
  readonly diagnostics: null
  readonly usage: AnthropicUsage
}

/** `ErrorType` of the vendor, and `request_too_large`, which its documentation lists beside them. */
export const anthropicErrorTypes = [
  'invalid_request_error',
  'authentication_error',
  'billing_error',
  'permission_error',
  'not_found_error',
  'conflict_error',
  'request_too_large',
  'rate_limit_error',
  'timeout_error',
  'api_error',
  'overloaded_error',
] as const
export type AnthropicErrorType = (typeof anthropicErrorTypes)[number]

/** Who called a tool, where it was the model itself and not a tool of the vendor. */
export const directCaller = { type: 'direct' } as const
