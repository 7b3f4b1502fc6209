import type { ProviderFacts } from '../types.ts'

/** xAI. https://docs.x.ai/docs/api-reference */
export const xai: ProviderFacts = {
  id: 'xai',
  baseUrl: 'https://api.x.ai',
  auth: 'bearer',
  environmentVariable: 'XAI_API_KEY',
  operations: { chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }] },
}
