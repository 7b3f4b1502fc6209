import type { ProviderFacts } from '../types.ts'

/** Nebius Token Factory. https://docs.tokenfactory.nebius.com/api-reference/introduction */
export const nebius: ProviderFacts = {
  id: 'nebius',
  baseUrl: 'https://api.tokenfactory.nebius.com',
  auth: 'bearer',
  environmentVariable: 'NEBIUS_API_KEY',
  operations: {
    chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }],
    embeddings: [{ wire: 'openai-embeddings', path: '/v1/embeddings' }],
    images: [{ wire: 'openai-images', path: '/v1/images/generations' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { maxTokensField: 'max_tokens' },
}
