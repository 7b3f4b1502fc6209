import type { ProviderFacts } from '../types.ts'

/**
 * Anthropic. https://platform.claude.com/docs/en/api/versioning
 *
 * The version is what our own encoder writes: the request of 2026-10-21 has no sampling parameters (temperature, top_p
 * and top_k are gone from the official SDK's types), that of 2023-06-01 has them. A caller's own header wins, so what
 * an SDK sends is answered by the version that it asked for.
 */
export const anthropic: ProviderFacts = {
  id: 'anthropic',
  baseUrl: 'https://api.anthropic.com',
  auth: 'x-api-key',
  environmentVariable: 'ANTHROPIC_API_KEY',
  operations: {
    chat: [{ wire: 'anthropic-messages', path: '/v1/messages' }],
    batches: [{ wire: 'anthropic-batches', path: '/v1/messages/batches' }],
    files: [{ wire: 'anthropic-files', path: '/v1/files' }],
    'count-tokens': [{ wire: 'anthropic-count-tokens', path: '/v1/messages/count_tokens' }],
    models: [{ wire: 'anthropic-messages', path: '/v1/models' }],
  },
  headers: { 'anthropic-version': '2023-06-01' },
}
