import { mistralQuirks } from '../mistral/index.ts'
import type { ProviderFacts } from '../types.ts'

const location = '/v1/projects/{project}/locations/{region}'
const asked = (publisher: string, method: string, streamMethod: string) => ({
  path: `${location}/publishers/${publisher}/models/{model}:${method}`,
  streamPath: `${location}/publishers/${publisher}/models/{model}:${streamMethod}`,
})
const google = asked('google', 'generateContent', 'streamGenerateContent?alt=sse')
const claude = { ...asked('anthropic', 'rawPredict', 'streamRawPredict'), models: ['claude-*'] }
const mistral = { ...asked('mistralai', 'rawPredict', 'streamRawPredict'), quirks: mistralQuirks }
/** Claude's wire, but for the version, which stands in the body here. */
const add = { anthropic_version: 'vertex-2023-10-16' }

/**
 * Google Vertex AI: Google's models, Claude, Mistral, and open models (`meta/…`) behind its OpenAI-compatible endpoint.
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
 * https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral
 * https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview
 * https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations
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
      { wire: 'gemini-generate', ...google },
      { wire: 'anthropic-messages', ...claude, quirks: { envelope: { add, remove: ['model'] } } },
      { wire: 'openai-chat', ...mistral, models: ['mistral-*', 'codestral-*'] },
      { wire: 'openai-chat', path: `${location}/endpoints/openapi/chat/completions`, models: ['*/*'] },
    ],
    'count-tokens': [
      { wire: 'gemini-count-tokens', path: google.path.replace('generateContent', 'countTokens') },
      {
        wire: 'anthropic-count-tokens',
        path: claude.path.replace('{model}', 'count-tokens'),
        models: claude.models,
        quirks: { envelope: { add, remove: [] } },
      },
    ],
  },
}
