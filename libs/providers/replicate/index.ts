import type { ProviderFacts } from '../types.ts'

/** Asks for a prediction, and waits for a whole answer while the connection is open. */
const predictions = { path: '/v1/predictions', wholeHeaders: { prefer: 'wait' } } as const

/**
 * Replicate: every model is run as a prediction, which is asked about until it has ended.
 * https://replicate.com/docs/reference/http https://replicate.com/docs/topics/predictions/create-a-prediction
 * Its streams are at hosts of their own, which the wire knows. https://replicate.com/docs/topics/predictions/streaming
 */
export const replicate: ProviderFacts = {
  id: 'replicate',
  baseUrl: 'https://api.replicate.com',
  auth: 'bearer',
  environmentVariable: 'REPLICATE_API_TOKEN',
  operations: {
    chat: [{ wire: 'replicate-chat', ...predictions }],
    images: [{ wire: 'replicate-images', ...predictions }],
  },
}
