import type { ProviderFacts } from '../types.ts'

/** Cohere. https://docs.cohere.com/reference/chat; the address is its SDK's (cohere-ai 8.1.0, environments.js). */
export const cohere: ProviderFacts = {
  id: 'cohere',
  baseUrl: 'https://api.cohere.com',
  auth: 'bearer',
  environmentVariable: 'COHERE_API_KEY',
  operations: { chat: [{ wire: 'cohere-v2', path: '/v2/chat' }] },
}
