import type { ProviderFacts } from '../types.ts'

/**
 * Azure OpenAI and Claude in Microsoft Foundry: the address is the resource of each key, the model its deployment.
 * https://learn.microsoft.com/azure/ai-services/openai/reference
 * https://learn.microsoft.com/azure/ai-services/openai/how-to/responses
 * https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry
 */
export const azure: ProviderFacts = {
  id: 'azure',
  auth: 'api-key',
  deployments: true,
  environmentVariable: 'AZURE_OPENAI_API_KEY',
  variables: {
    url: ['AZURE_OPENAI_ENDPOINT'],
    apiVersion: ['AZURE_OPENAI_API_VERSION', 'OPENAI_API_VERSION'],
  },
  keyConfig: 'azure_key_config',
  identity: 'entra',
  needs: { apiVersion: 'api_version' },
  place: { apiVersion: '2024-10-21' },
  operations: {
    chat: [
      { wire: 'openai-chat', path: deployed('chat/completions') },
      { wire: 'openai-responses', path: '/openai/v1/responses?api-version=preview' },
      {
        wire: 'anthropic-messages',
        path: '/anthropic/v1/messages',
        models: ['*claude*'],
        auth: 'x-api-key',
        headers: { 'anthropic-version': '2023-06-01' },
      },
    ],
    responses: [{ wire: 'openai-responses', path: '/openai/v1/responses?api-version=preview' }],
    embeddings: [{ wire: 'openai-embeddings', path: deployed('embeddings') }],
    images: [
      { wire: 'openai-images', path: deployed('images/generations') },
      { wire: 'openai-image-edits', path: deployed('images/edits') },
    ],
    speech: [{ wire: 'openai-speech', path: deployed('audio/speech') }],
    transcriptions: [
      { wire: 'openai-transcriptions', path: deployed('audio/transcriptions') },
      { wire: 'openai-translations', path: deployed('audio/translations') },
    ],
    files: [{ wire: 'openai-files', path: '/openai/files?api-version={apiVersion}' }],
    batches: [{ wire: 'openai-batches', path: '/openai/batches?api-version={apiVersion}' }],
    models: [{ wire: 'openai-chat', path: '/openai/models?api-version={apiVersion}' }],
  },
}

function deployed(operation: string): string {
  return `/openai/deployments/{model}/${operation}?api-version={apiVersion}`
}
