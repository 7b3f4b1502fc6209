import type { ProviderFacts } from '../types.ts'

/**
 * OpenRouter; its model ids hold a `/` of their own. https://openrouter.ai/docs/api-reference/overview
 * https://openrouter.ai/docs/api-reference/completion
 * https://openrouter.ai/docs/api/api-reference/rerank/create-rerank
 * Reasoning is taken back as `reasoning`. https://openrouter.ai/docs/use-cases/reasoning-tokens
 */
export const openrouter: ProviderFacts = {
  id: 'openrouter',
  baseUrl: 'https://openrouter.ai/api',
  auth: 'bearer',
  environmentVariable: 'OPENROUTER_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-responses', path: '/v1/responses' },
      { wire: 'openai-completions', path: '/v1/completions' },
    ],
    embeddings: [{ wire: 'openai-embeddings', path: '/v1/embeddings' }],
    rerank: [
      {
        wire: 'jina-rerank',
        path: '/v1/rerank',
        quirks: { textDocuments: true, refuses: ['max_tokens_per_doc'] },
      },
    ],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { maxTokensField: 'max_tokens', reasoningField: 'reasoning' },
}
