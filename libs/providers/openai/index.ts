import type { ProviderFacts } from '../types.ts'

/**
 * The models of the API before chat (openai 7.57.0, CompletionCreateParamsBase.model) and their fine-tunings; the others
 * are asked in a chat, whoever's prompt it is.
 */
const completionModels = ['*gpt-3.5-turbo-instruct*', '*davinci-002*', '*babbage-002*']

/** OpenAI. https://platform.openai.com/docs/api-reference/chat */
export const openai: ProviderFacts = {
  id: 'openai',
  baseUrl: 'https://api.openai.com',
  auth: 'bearer',
  environmentVariable: 'OPENAI_API_KEY',
  operations: {
    chat: [
      { wire: 'openai-chat', path: '/v1/chat/completions' },
      { wire: 'openai-responses', path: '/v1/responses' },
      ...completionModels.map((models) => ({
        wire: 'openai-completions' as const,
        path: '/v1/completions',
        models,
      })),
    ],
  },
}
