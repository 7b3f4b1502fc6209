import type { ProviderFacts } from '../types.ts'

/** vLLM, on machines of your own: the config gives its address. https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html */
export const vllm: ProviderFacts = {
  id: 'vllm',
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
