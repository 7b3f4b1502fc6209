import type { ProviderFacts } from '../types.ts'

/** Parasail. https://docs.parasail.io/parasail-docs/serverless/serverless/available-parameters */
export const parasail: ProviderFacts = {
  id: 'parasail',
  baseUrl: 'https://api.parasail.io',
  auth: 'bearer',
  environmentVariable: 'PARASAIL_API_KEY',
  operations: {
    chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }],
    embeddings: [{ wire: 'openai-embeddings', path: '/v1/embeddings' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { maxTokensField: 'max_tokens' },
}
