import type { ProviderFacts } from '../types.ts'

/** OpenAI. https://platform.openai.com/docs/api-reference/chat */
export const openai: ProviderFacts = {
  id: 'openai',
  baseUrl: 'https://api.openai.com',
  auth: 'bearer',
  environmentVariable: 'OPENAI_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-responses', path: '/v1/responses' },
    ],
  },
}
