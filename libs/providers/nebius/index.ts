import type { ProviderFacts } from '../types.ts'

/** Nebius Token Factory. https://docs.tokenfactory.nebius.com/api-reference */
export const nebius: ProviderFacts = {
  id: 'nebius',
  baseUrl: 'https://api.tokenfactory.nebius.com',
  auth: 'bearer',
  environmentVariable: 'NEBIUS_API_KEY',
  operations: { chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }] },
  quirks: { maxTokensField: 'max_tokens' },
}
