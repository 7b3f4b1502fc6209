import type { ProviderFacts } from '../types.ts'

/**
 * SGLang, on machines of your own: the config gives its address. https://docs.sglang.ai/basic_usage/openai_api.html
 * https://docs.sglang.io/docs/basic_usage/openai_api_completions
 */
export const sgl: ProviderFacts = {
  id: 'sgl',
  auth: 'bearer',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-completions', path: '/v1/completions' },
    ],
  },
  quirks: { maxTokensField: 'max_tokens' },
  keyOptional: true,
}
