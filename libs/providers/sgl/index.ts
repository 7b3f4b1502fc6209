import type { ProviderFacts } from '../types.ts'

/** SGLang, on machines of your own: the config gives its address. https://docs.sglang.ai/basic_usage/openai_api.html */
export const sgl: ProviderFacts = {
  id: 'sgl',
  auth: 'bearer',
  keyConfig: 'sgl_key_config',
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
