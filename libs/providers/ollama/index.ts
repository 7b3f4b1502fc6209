import type { ProviderFacts } from '../types.ts'

/** Ollama, on a machine of your own: the config gives its address. https://docs.ollama.com/api/openai-compatibility */
export const ollama: ProviderFacts = {
  id: 'ollama',
  auth: 'bearer',
  keyConfig: 'ollama_key_config',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-completions', path: '/v1/completions' },
    ],
    embeddings: [{ wire: 'openai-embeddings', path: '/v1/embeddings' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { maxTokensField: 'max_tokens' },
  keyOptional: true,
}
