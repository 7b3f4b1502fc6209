import type { ProviderFacts } from '../types.ts'

/**
 * Perplexity: no version in the path, usage in every chunk without being asked for; roles are system, user and
 * assistant. https://docs.perplexity.ai/api-reference/chat-completions-post
 */
export const perplexity: ProviderFacts = {
  id: 'perplexity',
  baseUrl: 'https://api.perplexity.ai',
  auth: 'bearer',
  environmentVariable: 'PERPLEXITY_API_KEY',
  operations: { chat: [{ wire: 'openai-chat', path: '/chat/completions' }] },
  quirks: { maxTokensField: 'max_tokens', noStreamOptions: true, noDeveloperRole: true },
}
