/** Answers to identical requests: kept for a while, and shared while they are on their way. */
export { type AnswerCache, type AnswerCacheOptions, createAnswerCache } from './answer-cache.ts'
export { isCacheable } from './cacheable.ts'
export type { Ask } from './flight.ts'
export type { AnswerIdentity, CacheOutcome, CacheRequest } from './types.ts'
