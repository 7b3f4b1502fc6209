import type { ProviderFacts } from '../types.ts'

/**
 * Google Vertex AI at its global address; a service account, not a key, opens it.
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 */
export const vertex: ProviderFacts = {
  id: 'vertex',
  baseUrl: 'https://aiplatform.googleapis.com',
  auth: 'google-oauth',
  operations: {
    chat: [
      {
        wire: 'gemini-generate',
        path: '/v1/projects/{project}/locations/{region}/publishers/google/models/{model}:generateContent',
      },
    ],
  },
}
