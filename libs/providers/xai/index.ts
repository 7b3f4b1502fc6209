import type { ProviderFacts } from '../types.ts'

/** xAI. https://docs.x.ai/docs/api-reference */
export const xai: ProviderFacts = {
  id: 'xai',
  baseUrl: 'https://api.x.ai',
  auth: 'bearer',
  environmentVariable: 'XAI_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-responses', path: '/v1/responses' },
    ],
    images: [{ wire: 'openai-images', path: '/v1/images/generations' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
}
