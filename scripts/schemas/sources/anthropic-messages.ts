import type {
  Message,
  MessageCreateParamsBase,
  RawMessageStreamEvent,
} from '@anthropic-ai/sdk/resources/messages/messages'
import type { MessageCreateParams as Earlier } from 'anthropic-sdk-2025/resources/messages'

/** API version 2026-10-21, and the sampling parameters that 2023-06-01 has besides. */
export type Request = MessageCreateParamsBase & Pick<Earlier, 'temperature' | 'top_p' | 'top_k'>
export type Response = Message
export type StreamEvent = RawMessageStreamEvent
