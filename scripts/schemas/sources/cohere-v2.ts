import type {
  V2ChatRequest,
  V2ChatResponse,
  V2ChatStreamResponse,
} from '../../../node_modules/cohere-ai/serialization/index.js'

/** The SDK's `Raw` types are the vendor's JSON before the SDK renames its members; it has no name for them outside. */
export type Request = V2ChatRequest.Raw & { stream?: boolean }
export type Response = V2ChatResponse.Raw

type Event = V2ChatStreamResponse.Raw
/**
 * The first event brings a whole empty message (https://docs.cohere.com/v2/docs/streaming), of which the SDK reads the
 * role alone.
 */
type Start = {
  type: 'message-start'
  id?: string | null
  delta?: {
    message?: { role: 'assistant'; content?: []; tool_plan?: string; tool_calls?: []; citations?: [] }
  }
}
export type StreamEvent = Exclude<Event, { type: 'message-start' }> | Start
