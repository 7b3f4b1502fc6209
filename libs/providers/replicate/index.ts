import type { ProviderFacts } from '../types.ts'

/** Replicate: predictions that are polled for, no chat wire. https://replicate.com/docs/reference/http */
export const replicate: ProviderFacts = {
  id: 'replicate',
  baseUrl: 'https://api.replicate.com',
  auth: 'bearer',
  environmentVariable: 'REPLICATE_API_TOKEN',
  operations: {},
}
