import type { ProviderFacts } from '../types.ts'

/**
 * Amazon Bedrock runtime; the region is part of the address, so the config must give it.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 */
export const bedrock: ProviderFacts = {
  id: 'bedrock',
  auth: 'sigv4',
  environmentVariable: 'AWS_BEARER_TOKEN_BEDROCK',
  operations: {
    chat: [
      {
        wire: 'bedrock-converse',
        path: '/model/{model}/converse',
        streamPath: '/model/{model}/converse-stream',
      },
    ],
  },
}
