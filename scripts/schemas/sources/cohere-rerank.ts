import type {
  V2RerankRequest,
  V2RerankResponse,
} from '../../../node_modules/cohere-ai/serialization/index.js'

/** The SDK's `Raw` types are the vendor's JSON before the SDK renames its members. Its answers are never streamed. */
export type Request = V2RerankRequest.Raw
export type Response = V2RerankResponse.Raw
