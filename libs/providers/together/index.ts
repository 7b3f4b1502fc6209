import type { ProviderFacts } from '../types.ts'

/**
 * Together AI. https://docs.together.ai/reference/chat-completions-1 https://docs.together.ai/reference/completions-1
 * https://docs.together.ai/docs/openai-api-compatibility https://docs.together.ai/reference/rerank
 */
export const together: ProviderFacts = {
  id: 'together',
  baseUrl: 'https://api.together.xyz',
  auth: 'bearer',
  environmentVariable: 'TOGETHER_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-completions', path: '/v1/completions' },
    ],
    embeddings: [{ wire: 'openai-embeddings', path: '/v1/embeddings' }],
    rerank: [{ wire: 'jina-rerank', path: '/v1/rerank', quirks: { refuses: ['max_tokens_per_doc'] } }],
    images: [{ wire: 'openai-images', path: '/v1/images/generations' }],
    speech: [{ wire: 'openai-speech', path: '/v1/audio/speech' }],
    transcriptions: [
      { wire: 'openai-transcriptions', path: '/v1/audio/transcriptions' },
      { wire: 'openai-translations', path: '/v1/audio/translations' },
    ],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { maxTokensField: 'max_tokens' },
}
