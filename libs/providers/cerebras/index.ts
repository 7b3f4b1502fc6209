import type { ProviderFacts } from '../types.ts'

/** Cerebras. https://inference-docs.cerebras.ai/api-reference/chat-completions */
export const cerebras: ProviderFacts = {
  id: 'cerebras',
  baseUrl: 'https://api.cerebras.ai',
  auth: 'bearer',
  environmentVariable: 'CEREBRAS_API_KEY',
  operations: { chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }] },
}
