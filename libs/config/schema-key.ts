import Type from 'typebox'
import { defaults } from './defaults.ts'
import { lenientKeyword } from './schema-keywords.ts'
import { ignored, ignoredMembers, record, strictObject } from './schema-parts.ts'

const lacking = 'Accepted so that an existing file loads; this gateway does not act on it.'
const text = (description: string, example?: string) =>
  Type.Optional(Type.String({ description, ...(example !== undefined && { examples: [example] }) }))
/** Its `env.NAME` are replaced where the provider reads it, and not where it means nothing. */
const own = { [lenientKeyword]: true }

const deployments = Type.Optional(
  record(Type.String({ minLength: 1 }), { description: 'The same as `aliases` with texts.' }),
)

const azureKeyConfig = strictObject(
  {
    endpoint: text(
      'Address of the resource; left out: AZURE_OPENAI_ENDPOINT.',
      'https://my-resource.openai.azure.com',
    ),
    api_version: text('Of the paths under /openai/deployments; 2024-10-21 when left out.'),
    client_id: text('With client_secret and tenant_id: an Entra application that signs instead of `value`.'),
    client_secret: text('See client_id.'),
    tenant_id: text('See client_id.'),
    scopes: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Scopes of the token; https://cognitiveservices.azure.com/.default when left out.',
      }),
    ),
    deployments,
  },
  {
    ...own,
    description:
      'Of Azure: the resource of this key. Without `value` and client_id the machine signs (managed or workload identity).',
  },
)

const bedrockKeyConfig = strictObject(
  {
    region: text('AWS region; left out: AWS_REGION.', 'us-east-1'),
    access_key: text(
      'With secret_key; without both the default chain of AWS is used.',
      'env.AWS_ACCESS_KEY_ID',
    ),
    secret_key: text('See access_key.', 'env.AWS_SECRET_ACCESS_KEY'),
    session_token: text('Of temporary keys.'),
    role_arn: text('A role to take on (AssumeRole) with those credentials.'),
    external_id: text('Of role_arn.'),
    session_name: text('Of role_arn; "bifrost" when left out.'),
    arn: text(
      'What the values of `deployments` hang on, for example an inference-profile ARN without its id.',
    ),
    deployments,
    ...ignoredMembers(['batch_s3_config', 'project_id'], lacking),
  },
  { ...own, description: 'Of Amazon Bedrock; an API key stands in `value`.' },
)

const vertexKeyConfig = strictObject(
  {
    project_id: text('Google Cloud project; left out: GOOGLE_CLOUD_PROJECT.'),
    region: text(
      'Region, `us`, `eu` or `global`; left out: GOOGLE_CLOUD_LOCATION, else `global`.',
      'us-central1',
    ),
    auth_credentials: text(
      "The service account's JSON itself; left out: application default credentials.",
      'env.VERTEX_CREDENTIALS',
    ),
    deployments,
    ...ignoredMembers(['project_number', 'force_single_region'], lacking),
  },
  { ...own, description: 'Of Vertex AI.' },
)

const server = (description: string) =>
  strictObject(
    {
      url: text('Address of this server; left out: network_config.base_url.', 'http://localhost:8000'),
      model_name: text('The model of this key where `models` is left out.'),
    },
    { ...own, description },
  )

const alias = Type.Union([
  Type.String({ minLength: 1 }),
  strictObject({
    model_id: Type.String({ minLength: 1 }),
    ...ignoredMembers(
      [
        ...(['model_name', 'model_family', 'description', 'region', 'api_version'] as const),
        ...(['anthropic_version', 'endpoint', 'project_id', 'project_number'] as const),
        ...(['force_single_region', 'inference_profile_arn', 'use_deployments_endpoint'] as const),
      ],
      lacking,
    ),
  }),
])

export const key = strictObject(
  {
    value: Type.Optional(
      Type.String({
        description:
          'The credential; `env.NAME` takes it from the environment. Left out only where none is needed.',
        examples: ['env.OPENAI_API_KEY'],
      }),
    ),
    models: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        default: [],
        description: 'The models that this key may serve; empty or `["*"]` admits every model.',
      }),
    ),
    weight: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1_000_000,
        default: defaults.keyWeight,
        description: 'Share of the requests, compared only among the keys that may serve the model.',
      }),
    ),
    name: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description:
          'What logs, metrics and the store call this key; a digest of its value when left out (`key-` and 12 hex digits). Not a secret. Give one to keys that are rotated.',
      }),
    ),
    enabled: Type.Optional(
      Type.Boolean({ default: true, description: 'A key that is switched off is as if it were not there.' }),
    ),
    aliases: Type.Optional(
      record(alias, {
        description:
          "The model as callers name it → as this key's account names it: a deployment, an inference profile, a server's own name.",
        examples: [{ 'gpt-4o': 'my-gpt-4o-deployment' }],
      }),
    ),
    azure_key_config: Type.Optional(azureKeyConfig),
    bedrock_key_config: Type.Optional(bedrockKeyConfig),
    vertex_key_config: Type.Optional(vertexKeyConfig),
    vllm_key_config: Type.Optional(server('Of a vLLM server: each key may be another one.')),
    ollama_key_config: Type.Optional(server('Of an Ollama server.')),
    sgl_key_config: Type.Optional(server('Of an SGLang server.')),
    replicate_key_config: ignored('Predictions are made by model or version; deployments are not asked.'),
    ...ignoredMembers(['use_for_batch_api', 'blacklisted_models', 'description'], lacking),
  },
  { description: 'One credential of a provider.' },
)
