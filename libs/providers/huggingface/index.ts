import type { ProviderFacts } from '../types.ts'

/**
 * Hugging Face's inference router. https://huggingface.co/docs/inference-providers/tasks/chat-completion
 * https://huggingface.co/docs/inference-providers/guides/responses-api
 */
export const huggingface: ProviderFacts = {
  id: 'huggingface',
  baseUrl: 'https://router.huggingface.co',
  auth: 'bearer',
  environmentVariable: 'HF_TOKEN',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-responses', path: '/v1/responses' },
    ],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { maxTokensField: 'max_tokens' },
}
