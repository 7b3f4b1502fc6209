import type { ProviderFacts } from '../types.ts'

/**
 * ElevenLabs: speech and transcriptions, for callers of OpenAI's API. The voice is the vendor's own id of one.
 * https://elevenlabs.io/docs/api-reference/text-to-speech/stream
 * https://elevenlabs.io/docs/api-reference/speech-to-text/convert
 */
export const elevenlabs: ProviderFacts = {
  id: 'elevenlabs',
  baseUrl: 'https://api.elevenlabs.io',
  auth: 'xi-api-key',
  environmentVariable: 'ELEVENLABS_API_KEY',
  operations: {
    speech: [{ wire: 'elevenlabs-speech', path: '/v1/text-to-speech' }],
    transcriptions: [{ wire: 'elevenlabs-transcriptions', path: '/v1/speech-to-text' }],
  },
}
