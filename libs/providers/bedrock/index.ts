import type { ProviderFacts } from '../types.ts'

/**
 * Amazon Bedrock's runtime, signed with Signature Version 4 or opened with an API key.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
 * https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html
 * Cohere's rerankers are asked through InvokeModel in Cohere's own words; Amazon's own are behind another host, which takes
 * no API keys. https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-cohere-rerank-3-5.html
 * npm `cohere-ai` 8.1.0, dist/aws-utils.js: without `model`, with `api_version`
 */
export const bedrock: ProviderFacts = {
  id: 'bedrock',
  regionalBaseUrls: { '*': 'https://bedrock-runtime.{region}.amazonaws.com' },
  auth: 'bearer',
  environmentVariable: 'AWS_BEARER_TOKEN_BEDROCK',
  variables: {
    region: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    identity: ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  },
  keyConfig: 'bedrock_key_config',
  identity: 'aws',
  signingService: 'bedrock',
  needs: { region: 'region' },
  operations: {
    chat: [
      {
        wire: 'bedrock-converse',
        path: '/model/{model}/converse',
        streamPath: '/model/{model}/converse-stream',
      },
    ],
    embeddings: [{ wire: 'titan-embed', path: '/model/{model}/invoke', models: ['*amazon.titan-embed*'] }],
    rerank: [
      {
        wire: 'cohere-rerank',
        path: '/model/{model}/invoke',
        models: ['*cohere.rerank*'],
        quirks: {
          envelope: { add: { api_version: 2 }, remove: ['model'] },
          refuses: ['priority', 'return_documents'],
        },
      },
    ],
  },
}
