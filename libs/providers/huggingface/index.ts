import type { ProviderFacts } from '../types.ts'

/** Hugging Face inference router. https://huggingface.co/docs/inference-providers/tasks/chat-completion */
export const huggingface: ProviderFacts = {
  id: 'huggingface',
  baseUrl: 'https://router.huggingface.co',
  auth: 'bearer',
  environmentVariable: 'HF_TOKEN',
  operations: { chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }] },
  quirks: { maxTokensField: 'max_tokens' },
}
