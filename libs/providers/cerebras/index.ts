import type { ProviderFacts } from '../types.ts'

/**
 * Cerebras. It answers 400 to the members below and has no developer role.
 * https://inference-docs.cerebras.ai/api-reference/chat-completions https://inference-docs.cerebras.ai/resources/openai
 */
export const cerebras: ProviderFacts = {
  id: 'cerebras',
  baseUrl: 'https://api.cerebras.ai',
  auth: 'bearer',
  environmentVariable: 'CEREBRAS_API_KEY',
  operations: {
    chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: {
    refuses: ['frequency_penalty', 'presence_penalty', 'logit_bias'],
    noDeveloperRole: true,
    reasoningField: 'reasoning',
  },
}
