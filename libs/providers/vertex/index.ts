import { mistralQuirks } from '../mistral/index.ts'
import type { ProviderFacts } from '../types.ts'

const location = '/v1/projects/{project}/locations/{region}'
const google = `${location}/publishers/google/models/{model}`
const anthropic = `${location}/publishers/anthropic/models`
/** Tuned models are endpoints of a project; the vendor's own client may name a publisher's model whole. */
const namedPaths = {
  'publishers/*': `${location}/{model}`,
  'endpoints/*': `${location}/{model}`,
  'projects/*': '/v1/{model}',
}
const generate = {
  wire: 'gemini-generate',
  path: `${google}:generateContent`,
  streamPath: `${google}:streamGenerateContent?alt=sse`,
  namedPaths,
} as const
const mistral = {
  wire: 'openai-chat',
  path: `${location}/publishers/mistralai/models/{model}:rawPredict`,
  streamPath: `${location}/publishers/mistralai/models/{model}:streamRawPredict`,
  quirks: mistralQuirks,
} as const
/** Claude's wire, but for the version, which stands in the body here. */
const version = { anthropic_version: 'vertex-2023-10-16' }

/**
 * Google Vertex AI: Google's models, Claude, Mistral, and open models (`meta/…`) behind its OpenAI-compatible endpoint.
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
 * https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral
 * https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview
 * https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations
 * https://cloud.google.com/vertex-ai/generative-ai/docs/models/gemini-use-supervised-tuning
 */
export const vertex: ProviderFacts = {
  id: 'vertex',
  baseUrl: 'https://aiplatform.googleapis.com',
  regionalBaseUrls: {
    global: 'https://aiplatform.googleapis.com',
    us: 'https://aiplatform.us.rep.googleapis.com',
    eu: 'https://aiplatform.eu.rep.googleapis.com',
    '*': 'https://{region}-aiplatform.googleapis.com',
  },
  auth: 'bearer',
  variables: {
    project: ['GOOGLE_CLOUD_PROJECT', 'GOOGLE_VERTEX_PROJECT'],
    region: ['GOOGLE_CLOUD_LOCATION', 'GOOGLE_VERTEX_LOCATION'],
    identity: ['GOOGLE_APPLICATION_CREDENTIALS'],
  },
  keyConfig: 'vertex_key_config',
  identity: 'google',
  needs: { project: 'project_id', region: 'region' },
  place: { region: 'global' },
  operations: {
    chat: [
      generate,
      ...['publishers/google/*', 'endpoints/*', 'projects/*'].map((models) => ({ ...generate, models })),
      {
        wire: 'anthropic-messages',
        path: `${anthropic}/{model}:rawPredict`,
        streamPath: `${anthropic}/{model}:streamRawPredict`,
        models: 'claude-*',
        quirks: { envelope: { add: version, remove: ['model'] } },
      },
      { ...mistral, models: 'mistral-*' },
      { ...mistral, models: 'codestral-*' },
      { wire: 'openai-chat', path: `${location}/endpoints/openapi/chat/completions`, models: '*/*' },
    ],
    'count-tokens': [
      { wire: 'gemini-count-tokens', path: `${google}:countTokens`, namedPaths },
      {
        wire: 'anthropic-count-tokens',
        path: `${anthropic}/count-tokens:rawPredict`,
        models: 'claude-*',
        quirks: { envelope: { add: version, remove: [] } },
      },
    ],
  },
}
