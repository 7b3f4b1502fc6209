import type { ProviderFacts } from '../types.ts'

/** Together AI. https://docs.together.ai/reference/chat-completions-1 */
export const together: ProviderFacts = {
  id: 'together',
  baseUrl: 'https://api.together.xyz',
  auth: 'bearer',
  environmentVariable: 'TOGETHER_API_KEY',
  operations: { chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }] },
  quirks: { maxTokensField: 'max_tokens' },
}
