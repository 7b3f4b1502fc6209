import type { ProviderFacts } from '../types.ts'

/**
 * Cohere. https://docs.cohere.com/reference/chat https://docs.cohere.com/reference/embed
 * https://docs.cohere.com/reference/rerank
 */
export const cohere: ProviderFacts = {
  id: 'cohere',
  baseUrl: 'https://api.cohere.com',
  auth: 'bearer',
  environmentVariable: 'COHERE_API_KEY',
  operations: {
    chat: [{ wire: 'cohere-v2', path: '/v2/chat' }],
    embeddings: [{ wire: 'cohere-embed', path: '/v2/embed' }],
    rerank: [{ wire: 'cohere-rerank', path: '/v2/rerank' }],
    models: [{ wire: 'cohere-v2', path: '/v1/models' }],
  },
}
