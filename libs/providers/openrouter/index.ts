import type { ProviderFacts } from '../types.ts'

/**
 * OpenRouter; its model ids hold a `/` of their own. https://openrouter.ai/docs/api-reference
 * https://openrouter.ai/docs/api-reference/completion
 */
export const openrouter: ProviderFacts = {
  id: 'openrouter',
  baseUrl: 'https://openrouter.ai/api',
  auth: 'bearer',
  environmentVariable: 'OPENROUTER_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-completions', path: '/v1/completions' },
    ],
  },
  quirks: { maxTokensField: 'max_tokens' },
}
