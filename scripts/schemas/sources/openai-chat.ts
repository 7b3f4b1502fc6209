import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParamsBase,
} from 'openai/resources/chat/completions'

export type Request = ChatCompletionCreateParamsBase
export type Response = ChatCompletion
export type StreamEvent = ChatCompletionChunk
