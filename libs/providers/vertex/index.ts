import { mistralQuirks } from '../mistral/index.ts'
import type { ProviderFacts } from '../types.ts'

const location = '/v1/projects/{project}/locations/{region}'
const asked = (publisher: string, method: string, streamMethod: string) => ({
  path: `${location}/publishers/${publisher}/models/{model}:${method}`,
  streamPath: `${location}/publishers/${publisher}/models/{model}:${streamMethod}`,
})
/** Tuned models are endpoints of a project; the vendor's own client may name a publisher's model whole. */
const inProject = `${location}/{model}`
const namedPaths = { 'publishers/*': inProject, 'endpoints/*': inProject, 'projects/*': '/v1/{model}' }
const gemini = { ...asked('google', 'generateContent', 'streamGenerateContent?alt=sse'), namedPaths }
const named = ['publishers/google/*', 'endpoints/*', 'projects/*']
const claude = { ...asked('anthropic', 'rawPredict', 'streamRawPredict'), models: ['claude-*'] }
const mistral = { ...asked('mistralai', 'rawPredict', 'streamRawPredict'), quirks: mistralQuirks }
/** Claude's wire, but for the version, which stands in the body here. */
const add = { anthropic_version: 'vertex-2023-10-16' }
const counted = { path: claude.path.replace('{model}', 'count-tokens'), models: claude.models }

/**
 * Google Vertex AI: Google's models, Claude, Mistral, and open models (`meta/…`) behind its OpenAI-compatible endpoint.
 * https://cloud.google.com/vertex-ai/generative-ai/docs: model-reference/inference, partner-models/mistral,
 * migrate/openai/overview, learn/locations, models/gemini-use-supervised-tuning; for Claude
 * https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
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
      { wire: 'gemini-generate', ...gemini },
      { wire: 'gemini-generate', ...gemini, models: named },
      { wire: 'anthropic-messages', ...claude, quirks: { envelope: { add, remove: ['model'] } } },
      { wire: 'openai-chat', ...mistral, models: ['mistral-*', 'codestral-*'] },
      { wire: 'openai-chat', path: `${location}/endpoints/openapi/chat/completions`, models: ['*/*'] },
    ],
    'count-tokens': [
      { ...gemini, wire: 'gemini-count-tokens', path: gemini.path.replace('generateContent', 'countTokens') },
      { wire: 'anthropic-count-tokens', ...counted, quirks: { envelope: { add, remove: [] } } },
    ],
  },
}
