import type { Json, JsonObject } from '#contract'

/*
 * The vendor's JSON as far as this wire writes it; what it reads is narrowed by hand where it is read. Bytes are base64
 * strings in JSON.
 * Source: npm package @aws-sdk/client-bedrock-runtime 3.1164.0, dist-types/models/models_0.d.ts, enums.d.ts, errors.d.ts.
 */

export type BedrockStopReason =
  | 'content_filtered'
  | 'end_turn'
  | 'guardrail_intervened'
  | 'malformed_model_output'
  | 'malformed_tool_use'
  | 'max_tokens'
  | 'model_context_window_exceeded'
  | 'stop_sequence'
  | 'tool_use'

/** `TokenUsage`: the first three are always there. */
export type BedrockUsage = {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly totalTokens: number
  readonly cacheReadInputTokens?: number
  readonly cacheWriteInputTokens?: number
}

/** `ConverseResponse`. */
export type BedrockResponse = {
  readonly output: {
    readonly message: { readonly role: 'assistant'; readonly content: readonly JsonObject[] }
  }
  readonly stopReason: BedrockStopReason
  readonly usage: BedrockUsage
  readonly metrics: { readonly latencyMs: number }
  readonly additionalModelResponseFields?: Json
  readonly serviceTier?: { readonly type: string }
}

/** The modelled exceptions, and the status that each stands for (`httpError` of the service's model). */
export const statusByException = {
  AccessDeniedException: 403,
  ConflictException: 400,
  InternalServerException: 500,
  ModelErrorException: 424,
  ModelNotReadyException: 429,
  ModelStreamErrorException: 424,
  ModelTimeoutException: 408,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 429,
  ValidationException: 400,
} as const satisfies Record<string, number>
export type BedrockException = keyof typeof statusByException

export const imageFormats: ReadonlySet<string> = new Set(['png', 'jpeg', 'gif', 'webp'])

export const audioFormats: ReadonlySet<string> = new Set([
  ...['aac', 'flac', 'm4a', 'mka', 'mkv', 'mp3', 'mp4', 'mpeg', 'mpga', 'ogg', 'opus', 'pcm', 'wav', 'webm'],
  'x-aac',
])

/** `DocumentFormat` and the media types that other wires call them. */
export const documentMediaTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  html: 'text/html',
  txt: 'text/plain',
  md: 'text/markdown',
}
