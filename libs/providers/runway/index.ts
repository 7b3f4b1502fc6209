import type { ProviderFacts } from '../types.ts'

/** Runway: video only. https://docs.dev.runwayml.com/api */
export const runway: ProviderFacts = {
  id: 'runway',
  baseUrl: 'https://api.dev.runwayml.com',
  auth: 'bearer',
  environmentVariable: 'RUNWAYML_API_SECRET',
  operations: {},
  headers: { 'x-runway-version': '2024-11-06' },
}
