import type { ProviderFacts } from '../types.ts'

/**
 * DeepSeek. https://api-docs.deepseek.com/api/create-chat-completion
 * In its thinking mode the reasoning of a turn with tool calls must come back, or the answer is 400.
 * https://api-docs.deepseek.com/guides/thinking_mode
 */
export const deepseek: ProviderFacts = {
  id: 'deepseek',
  baseUrl: 'https://api.deepseek.com',
  auth: 'bearer',
  environmentVariable: 'DEEPSEEK_API_KEY',
  operations: {
    chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { maxTokensField: 'max_tokens', noDeveloperRole: true, reasoningField: 'reasoning_content' },
}
