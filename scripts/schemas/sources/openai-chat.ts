import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionCreateParams,
} from 'openai/resources/chat/completions'

export type Request = ChatCompletionCreateParams
export type Response = ChatCompletion
export type StreamEvent = ChatCompletionChunk
