import type { ProviderFacts } from '../types.ts'

/** Cohere. https://docs.cohere.com/reference/chat */
export const cohere: ProviderFacts = {
  id: 'cohere',
  baseUrl: 'https://api.cohere.ai',
  auth: 'bearer',
  environmentVariable: 'COHERE_API_KEY',
  operations: { chat: [{ wire: 'cohere-v2', path: '/v2/chat' }] },
}
