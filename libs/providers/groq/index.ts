import type { ProviderFacts } from '../types.ts'

/**
 * Groq. It answers 400 to the members below; `n` must be 1. https://console.groq.com/docs/openai
 * Reasoning comes, and is taken back, as `reasoning`. https://console.groq.com/docs/reasoning
 */
export const groq: ProviderFacts = {
  id: 'groq',
  baseUrl: 'https://api.groq.com/openai',
  auth: 'bearer',
  environmentVariable: 'GROQ_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-responses', path: '/v1/responses' },
    ],
    speech: [{ wire: 'openai-speech', path: '/v1/audio/speech' }],
    transcriptions: [
      { wire: 'openai-transcriptions', path: '/v1/audio/transcriptions' },
      { wire: 'openai-translations', path: '/v1/audio/translations' },
    ],
    files: [{ wire: 'openai-files', path: '/v1/files' }],
    batches: [{ wire: 'openai-batches', path: '/v1/batches' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: { refuses: ['logprobs', 'top_logprobs', 'logit_bias'], reasoningField: 'reasoning' },
}
