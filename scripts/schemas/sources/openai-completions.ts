import type { Completion, CompletionCreateParamsBase } from 'openai/resources/completions'

export type Request = CompletionCreateParamsBase
export type Response = Completion
export type StreamEvent = Completion
