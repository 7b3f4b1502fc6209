import type { Json, JsonObject } from '#contract'

/*
 * The vendor's JSON as far as this wire writes it; what it reads is narrowed by hand where it is read.
 * Source: npm package cohere-ai 8.1.0, api/resources/v2 and api/types (V2ChatRequest, V2ChatResponse,
 * V2ChatStreamResponse and what they hold); spellings on the wire from its serialization/.
 */

export const cohereFinishReasons = [
  'COMPLETE',
  'STOP_SEQUENCE',
  'MAX_TOKENS',
  'TOOL_CALL',
  'ERROR',
  'TIMEOUT',
] as const
export type CohereFinishReason = (typeof cohereFinishReasons)[number]

export type CohereToolCall = {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

export type CohereUsage = {
  readonly billed_units: { readonly input_tokens: number; readonly output_tokens: number }
  readonly tokens: { readonly input_tokens: number; readonly output_tokens: number }
  readonly cached_tokens?: number
}

/** `AssistantMessageResponse`. */
export type CohereMessage = {
  readonly role: 'assistant'
  readonly tool_plan?: string
  readonly tool_calls?: readonly CohereToolCall[]
  readonly content?: readonly JsonObject[]
  readonly citations?: readonly Json[]
}
