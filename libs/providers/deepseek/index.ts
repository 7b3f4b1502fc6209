import type { ProviderFacts } from '../types.ts'

/** DeepSeek. https://api-docs.deepseek.com/api/create-chat-completion */
export const deepseek: ProviderFacts = {
  id: 'deepseek',
  baseUrl: 'https://api.deepseek.com',
  auth: 'bearer',
  environmentVariable: 'DEEPSEEK_API_KEY',
  operations: { chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }] },
  quirks: { maxTokensField: 'max_tokens' },
}
