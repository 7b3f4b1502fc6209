import type { ProviderFacts } from '../types.ts'

/** Tuned models, and models by the name that the vendor's lists give them. */
const namedPaths = { 'tunedModels/*': '/v1beta/{model}', 'models/*': '/v1beta/{model}' }

/**
 * Google's Gemini API. https://ai.google.dev/api/generate-content https://ai.google.dev/api/embeddings
 * https://ai.google.dev/api/tokens https://ai.google.dev/api/files
 */
export const gemini: ProviderFacts = {
  id: 'gemini',
  baseUrl: 'https://generativelanguage.googleapis.com',
  auth: 'x-goog-api-key',
  environmentVariable: 'GEMINI_API_KEY',
  operations: {
    chat: [
      {
        wire: 'gemini-generate',
        path: '/v1beta/models/{model}:generateContent',
        streamPath: '/v1beta/models/{model}:streamGenerateContent?alt=sse',
        namedPaths,
      },
    ],
    'count-tokens': [{ wire: 'gemini-count-tokens', path: '/v1beta/models/{model}:countTokens', namedPaths }],
    embeddings: [{ wire: 'gemini-embed', path: '/v1beta/models/{model}:batchEmbedContents', namedPaths }],
    files: [
      { wire: 'gemini-files', path: '/v1beta/files' },
      { wire: 'gemini-uploads', path: '/upload/v1beta/files' },
    ],
    models: [{ wire: 'gemini-generate', path: '/v1beta/models' }],
  },
}
