import type { ProviderFacts } from '../types.ts'

/**
 * vLLM, on machines of your own: the config gives their addresses, one for all keys or one per key.
 * https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
 * Rerankers answer at Cohere's path and at Jina's. https://docs.vllm.ai/en/stable/examples/pooling/score/
 */
export const vllm: ProviderFacts = {
  id: 'vllm',
  auth: 'bearer',
  keyConfig: 'vllm_key_config',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-responses', path: '/v1/responses' },
      { wire: 'openai-completions', path: '/v1/completions' },
    ],
    embeddings: [{ wire: 'openai-embeddings', path: '/v1/embeddings' }],
    transcriptions: [
      { wire: 'openai-transcriptions', path: '/v1/audio/transcriptions' },
      { wire: 'openai-translations', path: '/v1/audio/translations' },
    ],
    rerank: [
      { wire: 'cohere-rerank', path: '/v2/rerank' },
      { wire: 'jina-rerank', path: '/v1/rerank', quirks: { textDocuments: true } },
    ],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { maxTokensField: 'max_tokens' },
  keyOptional: true,
}
