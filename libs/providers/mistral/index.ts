import type { Quirks } from '#contract'
import type { ProviderFacts } from '../types.ts'

/**
 * Its schema has members of its own (`random_seed`, `max_tokens`) and refuses all that it does not know with 422
 * (`extra_forbidden`); usage comes with the last chunk unasked; an id of a tool call that is not nine letters and digits is
 * refused with 400. https://docs.mistral.ai/api/endpoint/chat
 */
export const mistralQuirks: Quirks = {
  maxTokensField: 'max_tokens',
  noStreamOptions: true,
  noDeveloperRole: true,
  shortToolCallIds: true,
  renames: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
  refuses: [
    ...['user', 'metadata', 'store', 'service_tier', 'safety_identifier', 'prompt_cache_key'],
    ...['logprobs', 'top_logprobs', 'logit_bias', 'modalities', 'audio'],
    ...['verbosity', 'web_search_options', 'functions', 'function_call', 'prompt_cache_retention'],
  ],
}

/** Mistral. https://docs.mistral.ai/api */
export const mistral: ProviderFacts = {
  id: 'mistral',
  baseUrl: 'https://api.mistral.ai',
  auth: 'bearer',
  environmentVariable: 'MISTRAL_API_KEY',
  operations: {
    chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }],
    embeddings: [{ wire: 'openai-embeddings', path: '/v1/embeddings' }],
    transcriptions: [{ wire: 'openai-transcriptions', path: '/v1/audio/transcriptions' }],
    moderations: [{ wire: 'openai-moderations', path: '/v1/moderations' }],
    files: [{ wire: 'openai-files', path: '/v1/files' }],
    models: [{ wire: 'openai-chat', path: '/v1/models' }],
  },
  quirks: mistralQuirks,
}
