import type {
  Message,
  MessageCreateParams,
  RawMessageStreamEvent,
} from '@anthropic-ai/sdk/resources/messages'

export type Request = MessageCreateParams
export type Response = Message
export type StreamEvent = RawMessageStreamEvent
