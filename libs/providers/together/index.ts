import type { ProviderFacts } from '../types.ts'

/**
 * Together AI. https://docs.together.ai/reference/chat-completions-1
 * https://docs.together.ai/reference/completions-1
 */
export const together: ProviderFacts = {
  id: 'together',
  baseUrl: 'https://api.together.xyz',
  auth: 'bearer',
  environmentVariable: 'TOGETHER_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-completions', path: '/v1/completions' },
    ],
  },
  quirks: { maxTokensField: 'max_tokens' },
}
