import type { ProviderFacts } from '../types.ts'

/**
 * Mistral. Its schema has `max_tokens` only and refuses members that it does not know, `stream_options` among them;
 * usage comes with the last chunk unasked. https://docs.mistral.ai/api
 */
export const mistral: ProviderFacts = {
  id: 'mistral',
  baseUrl: 'https://api.mistral.ai',
  auth: 'bearer',
  environmentVariable: 'MISTRAL_API_KEY',
  operations: { chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }] },
  quirks: { maxTokensField: 'max_tokens', noStreamOptions: true },
}
