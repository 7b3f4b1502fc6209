import type { JsonObject } from '#contract'

/*
 * The vendor's JSON as far as this wire writes it; what it reads is narrowed by hand where it is read.
 * Source: npm package openai 7.57.0, resources/chat/completions/completions.d.ts and resources/completions.d.ts.
 */

export type OpenAiFinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call'

export type OpenAiToolCall = {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

export type OpenAiMessage = {
  readonly role: 'assistant'
  readonly content: string | null
  readonly refusal: string | null
  readonly tool_calls?: readonly OpenAiToolCall[]
}

export type OpenAiUsage = {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details?: JsonObject
  readonly completion_tokens_details?: JsonObject
}

export type OpenAiErrorBody = {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
  }
}
