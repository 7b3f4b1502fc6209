import type { ProviderFacts } from '../types.ts'

/** Groq. https://console.groq.com/docs/api-reference#chat-create */
export const groq: ProviderFacts = {
  id: 'groq',
  baseUrl: 'https://api.groq.com/openai',
  auth: 'bearer',
  environmentVariable: 'GROQ_API_KEY',
  operations: { chat: [{ wire: 'openai-chat', path: '/v1/chat/completions' }] },
}
