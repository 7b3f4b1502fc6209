import type { Json, JsonObject } from '#contract'

/*
 * The vendor's JSON as far as this wire writes it; what it reads is narrowed by hand where it is read.
 * Source: npm package @google/genai 3.3.0, dist/genai.d.ts (GenerateContentResponse, Candidate, FinishReason,
 * GenerateContentResponseUsageMetadata), and the mappers of dist/node/index.mjs for what goes over the network.
 */

/** `FinishReason` of the vendor. */
export const finishReasons = [
  'FINISH_REASON_UNSPECIFIED',
  'STOP',
  'MAX_TOKENS',
  'SAFETY',
  'RECITATION',
  'LANGUAGE',
  'OTHER',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'MALFORMED_FUNCTION_CALL',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_OTHER',
  'NO_IMAGE',
  'IMAGE_RECITATION',
  'UNEXPECTED_TOOL_CALL',
  'TOO_MANY_TOOL_CALLS',
  'MISSING_THOUGHT_SIGNATURE',
  'MALFORMED_RESPONSE',
  'ESCALATION',
  'PUP_LIMITED_DISABLED',
  'MODEL_ARMOR',
  'CONTINUATION',
] as const
export type FinishReason = (typeof finishReasons)[number]

/** `totalTokenCount` is the sum of the four others (the cached tokens are a part of the prompt's). */
export type UsageMetadata = {
  readonly promptTokenCount: number
  readonly cachedContentTokenCount?: number
  readonly candidatesTokenCount: number
  readonly thoughtsTokenCount?: number
  readonly totalTokenCount: number
}

export type GeminiCandidate = {
  readonly content?: { readonly parts: readonly JsonObject[]; readonly role: 'model' }
  readonly finishReason?: FinishReason
  readonly index: number
  readonly logprobsResult?: Json
}

/** `google.rpc.Code`, as `error.status` names it. */
export const rpcStatuses = [
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'UNAUTHENTICATED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
] as const
export type RpcStatus = (typeof rpcStatuses)[number]
