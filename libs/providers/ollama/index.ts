import type { ProviderFacts } from '../types.ts'

/** Ollama, on a machine of your own: the config gives its address. https://docs.ollama.com/openai */
export const ollama: ProviderFacts = {
  id: 'ollama',
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
