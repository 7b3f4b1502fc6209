import type { ProviderFacts } from '../types.ts'

/** ElevenLabs: speech only. https://elevenlabs.io/docs/api-reference */
export const elevenlabs: ProviderFacts = {
  id: 'elevenlabs',
  baseUrl: 'https://api.elevenlabs.io',
  auth: 'xi-api-key',
  environmentVariable: 'ELEVENLABS_API_KEY',
  operations: {},
}
