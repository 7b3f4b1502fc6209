import type { Completion, CompletionCreateParams } from 'openai/resources/completions'

export type Request = CompletionCreateParams
export type Response = Completion
export type StreamEvent = Completion
