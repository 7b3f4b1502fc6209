import type { ProviderFacts } from '../types.ts'

/**
 * The models of the API before chat (openai 7.57.0, CompletionCreateParamsBase.model) and their fine-tunings; the others
 * are asked in a chat, whoever's prompt it is.
 */
const completionModels = ['*gpt-3.5-turbo-instruct*', '*davinci-002*', '*babbage-002*']

/** OpenAI. https://platform.openai.com/docs/api-reference */
export const openai: ProviderFacts = {
  id: 'openai',
  baseUrl: 'https://api.openai.com',
  auth: 'bearer',
  environmentVariable: 'OPENAI_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-responses', path: '/v1/responses' },
      { wire: 'openai-completions', path: '/v1/completions', models: completionModels },
    ],
    responses: [
      { wire: 'openai-responses', path: '/v1/responses' },
      { wire: 'openai-compact', path: '/v1/responses/compact' },
    ],
    'count-tokens': [{ wire: 'openai-input-tokens', path: '/v1/responses/input_tokens' }],
    embeddings: [{ wire: 'openai-embeddings', path: '/v1/embeddings' }],
    images: [
      { wire: 'openai-images', path: '/v1/images/generations' },
      { wire: 'openai-image-edits', path: '/v1/images/edits' },
      { wire: 'openai-image-variations', path: '/v1/images/variations' },
    ],
    speech: [{ wire: 'openai-speech', path: '/v1/audio/speech' }],
    transcriptions: [
      { wire: 'openai-transcriptions', path: '/v1/audio/transcriptions' },
      { wire: 'openai-translations', path: '/v1/audio/translations' },
    ],
    moderations: [{ wire: 'openai-moderations', path: '/v1/moderations' }],
    files: [{ wire: 'openai-files', path: '/v1/files' }],
    batches: [{ wire: 'openai-batches', path: '/v1/batches' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
}
