import type { ChatRequest } from './chat.ts'

/** How many tokens a chat request would be: the request itself, of which nothing is generated. */
export type CountTokensRequest = ChatRequest

export type CountTokensResponse = {
  readonly inputTokens: number
  readonly cachedTokens?: number
}
