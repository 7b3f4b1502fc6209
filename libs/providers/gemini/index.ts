import type { ProviderFacts } from '../types.ts'

/** Google Gemini API. https://ai.google.dev/api/generate-content */
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
      },
    ],
  },
}
