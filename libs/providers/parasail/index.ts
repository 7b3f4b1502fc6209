import type { ProviderFacts } from '../types.ts'

/** Parasail. https://docs.parasail.io */
export const parasail: ProviderFacts = {
  id: 'parasail',
  baseUrl: 'https://api.parasail.io',
  auth: 'bearer',
  environmentVariable: 'PARASAIL_API_KEY',
  operations: { chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }] },
  quirks: { maxTokensField: 'max_tokens' },
}
