import type {
  V2ChatRequest,
  V2ChatResponse,
  V2ChatStreamResponse,
} from '../../../node_modules/cohere-ai/serialization/index.js'

/** The SDK's `Raw` types are the vendor's JSON before the SDK renames its members; it has no name for them outside. */
export type Request = V2ChatRequest.Raw & { stream?: boolean }
export type Response = V2ChatResponse.Raw
export type StreamEvent = V2ChatStreamResponse.Raw
