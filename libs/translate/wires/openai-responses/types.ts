import type { Json, JsonObject } from '#contract'

/*
 * The vendor's JSON as far as this wire writes it; what it reads is narrowed by hand where it is read.
 * Source: npm package openai 7.57.0, resources/responses/responses.d.ts.
 */

export type ResponsesIncompleteReason = 'max_output_tokens' | 'max_messages' | 'content_filter' | 'steered'
export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

export type ResponsesUsage = {
  readonly input_tokens: number
  readonly input_tokens_details: { readonly cached_tokens: number; readonly cache_write_tokens: number }
  readonly output_tokens: number
  readonly output_tokens_details: { readonly reasoning_tokens: number }
  readonly total_tokens: number
}

/** The members of a Response that the model's answer decides; the others repeat the request (`echo.ts`). */
export type ResponsesAnswer = {
  readonly id: string
  readonly object: 'response'
  readonly created_at: number
  readonly status: 'in_progress' | 'completed' | 'incomplete'
  readonly error: null
  readonly incomplete_details: { readonly reason: ResponsesIncompleteReason } | null
  readonly model: string
  readonly output: readonly JsonObject[]
  readonly usage: ResponsesUsage | null
}

/** `ResponseErrorEvent`. */
export type ResponsesErrorEvent = {
  readonly type: 'error'
  readonly code: string | null
  readonly message: string
  readonly param: string | null
  readonly sequence_number: number
}

/** An object while it is being written. */
export type Body = Record<string, Json | undefined>
