import type { ProviderFacts } from '../types.ts'

/**
 * Azure OpenAI. Address and path hang on the resource, the deployment and `api-version`, so no operation is listed
 * until they are built. https://learn.microsoft.com/azure/ai-services/openai/reference
 */
export const azure: ProviderFacts = {
  id: 'azure',
  auth: 'api-key',
  environmentVariable: 'AZURE_OPENAI_API_KEY',
  operations: {},
}
