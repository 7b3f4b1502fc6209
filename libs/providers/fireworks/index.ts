import type { ProviderFacts } from '../types.ts'

/**
 * Fireworks AI. https://docs.fireworks.ai/api-reference/post-chatcompletions
 * https://docs.fireworks.ai/guides/response-api https://docs.fireworks.ai/guides/completions-api
 */
export const fireworks: ProviderFacts = {
  id: 'fireworks',
  baseUrl: 'https://api.fireworks.ai/inference',
  auth: 'bearer',
  environmentVariable: 'FIREWORKS_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-responses', path: '/v1/responses' },
      { wire: 'openai-completions', path: '/v1/completions' },
    ],
    embeddings: [{ wire: 'openai-embeddings', path: '/v1/embeddings' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { maxTokensField: 'max_tokens', reasoningField: 'reasoning_content' },
}
