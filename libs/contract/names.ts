/** An API format. A wire may be spoken to us (by a caller) or by us (to a provider); each carries one operation. */
export const wireIds = [
  // chat
  'openai-chat',
  'openai-responses',
  'openai-completions',
  'anthropic-messages',
  'gemini-generate',
  'bedrock-converse',
  'cohere-v2',
  'replicate-chat',
  // embeddings
  'openai-embeddings',
  'gemini-embed',
  'gemini-embed-content',
  'cohere-embed',
  'titan-embed',
  // count-tokens
  'openai-input-tokens',
  'anthropic-count-tokens',
  'gemini-count-tokens',
  // rerank
  'cohere-rerank',
  'jina-rerank',
  // media
  'elevenlabs-speech',
  'elevenlabs-transcriptions',
  'replicate-images',
  // passed on as they are to who speaks them
  'openai-images',
  'openai-image-edits',
  'openai-image-variations',
  'openai-speech',
  'openai-transcriptions',
  'openai-translations',
  'openai-moderations',
  'openai-compact',
  'openai-files',
  'openai-batches',
  'anthropic-batches',
  'anthropic-files',
  'gemini-files',
  'gemini-uploads',
] as const
export type WireId = (typeof wireIds)[number]

/** What a route asks for. `chat` is every API that makes a model write, whatever its wire. */
export const operations = [
  'chat',
  'embeddings',
  'models',
  'count-tokens',
  'rerank',
  'images',
  'speech',
  'transcriptions',
  'moderations',
  'responses',
  'files',
  'batches',
] as const
export type Operation = (typeof operations)[number]

/** A path prefix on which we speak a wire to clients. `root` is `/v1`. */
export const surfaceIds = ['openai', 'anthropic', 'root', 'genai', 'bedrock', 'cohere', 'cursor'] as const
export type SurfaceId = (typeof surfaceIds)[number]

/** A provider's id: `openai`, `anthropic`, … or the name of a custom one. Never holds `/`, `:`, `{` or `}`. */
export type ProviderId = string

/** The three lanes of a provider's queue, asked for with `x-bifrost-priority`. */
export const priorities = ['high', 'normal', 'low'] as const
export type Priority = (typeof priorities)[number]

/** How the targets that a name stands for are put in order. */
export const strategies = ['weighted', 'lowest-cost', 'lowest-latency', 'least-busy'] as const
export type Strategy = (typeof strategies)[number]
