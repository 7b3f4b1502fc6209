import Type, { type Static } from 'typebox'
import { defaults } from './defaults.ts'
import { ignored, ignoredMembers, notYet, record, seconds, strictObject } from './schema-parts.ts'
import { provider } from './schema-provider.ts'
import { aliasTarget, routing } from './schema-routing.ts'

const lacking = 'Accepted so that an existing file loads; this gateway does not act on it.'
const megabytes = (description: string, defaultValue: number) =>
  Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 10_240, default: defaultValue, description }))

const client = strictObject(
  {
    allowed_origins: ignored('Not read here: write server.allowed_origins.'),
    max_request_body_size_mb: ignored('Not read here: write server.max_request_body_size_mb.'),
    allow_direct_keys: ignored(
      "Not acted on: the gateway's own keys are used, a caller's key is never sent upstream.",
    ),
    ...ignoredMembers(
      [
        'drop_excess_requests',
        'initial_pool_size',
        'prometheus_labels',
        'allowed_headers',
        'enable_logging',
        'disable_content_logging',
        'disable_db_pings_in_health',
        'log_retention_days',
        'enforce_auth_on_inference',
        'enable_litellm_fallbacks',
        'header_filter_config',
        'async_job_result_ttl',
        'required_headers',
        'logging_headers',
        'hide_deleted_virtual_keys_in_filters',
        'mcp_agent_depth',
        'mcp_tool_execution_timeout',
        'mcp_code_mode_binding_level',
        'mcp_tool_sync_interval',
      ],
      lacking,
    ),
  },
  {
    description:
      'Settings of the schema that this file format comes from; each one given is named in a warning.',
  },
)

const server = strictObject(
  {
    max_request_body_size_mb: megabytes(
      'Largest request body in MiB; 413 above.',
      defaults.maxRequestBodySizeMb,
    ),
    max_upload_size_mb: megabytes('Largest multipart upload in MiB; 413 above.', defaults.maxUploadSizeMb),
    allowed_origins: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        default: [],
        description:
          'Origins that browsers may call from (CORS), for example "https://app.example.com"; "*" allows all.',
      }),
    ),
    forward_headers: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        default: [],
        description: "Further request headers of the caller that go to the provider; never a credential's.",
      }),
    ),
    allow_direct_keys: Type.Optional(
      Type.Boolean({
        default: false,
        description: "A caller's own vendor credential. Must stay false until jobs are encrypted.",
      }),
    ),
    tenant_header: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'A request header that names the tenant, set by an application that you trust; left out: the key of the client does.',
        examples: ['x-tenant-id'],
      }),
    ),
    stream_comments_in_seconds: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 3600,
        description:
          'A stream that waits for its first byte is begun after this time and kept open with comments at this distance, for load balancers that cut silent connections. Left out: only for a caller that asks with x-bifrost-stream-comments-ms.',
      }),
    ),
    drain_timeout_in_seconds: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 3600,
        default: defaults.drainTimeoutSeconds,
        description: 'How long requests in hand may take to end after SIGTERM.',
      }),
    ),
  },
  { description: 'The HTTP listener.' },
)

const queue = strictObject(
  {
    redis_url: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'redis:// or rediss://; several with commas between, over which providers are spread; or a Redis Cluster by some of its nodes, redis-cluster:// or rediss-cluster:// and host:port,host:port. The variable REDIS_URL wins over it. Without either the queue is in memory.',
        examples: [
          'redis://localhost:6379',
          'redis://a:6379,redis://b:6379',
          'redis-cluster://a:6379,b:6379,c:6379',
        ],
      }),
    ),
    provider_redis: Type.Optional(
      record(Type.Integer({ minimum: 0 }), {
        description:
          'Which of several Redis has the queue of a provider, 0 = the first of redis_url; the providers that are not named are spread by their id.',
        examples: [{ openai: 0, anthropic: 1 }],
      }),
    ),
    key_prefix: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_.-]{1,64}$',
        default: defaults.queueKeyPrefix,
        description: 'First part of every key in Redis, so that several gateways can share one.',
      }),
    ),
    max_wait_in_seconds: seconds(
      'How long a request of priority high or normal may wait for a worker; then 504 queue_timeout. One of priority low waits until its timeout.',
      defaults.maxQueueWaitSeconds,
    ),
    tenant_share: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        default: defaults.tenantShare,
        description:
          "The part of a provider's capacity (concurrency + buffer_size) that one tenant may hold; above it 429 tenant_share.",
      }),
    ),
  },
  { description: 'Where requests wait.' },
)

const authConfig = strictObject({
  admin_username: Type.Optional(Type.String()),
  admin_password: Type.Optional(Type.String()),
  is_enabled: Type.Optional(Type.Boolean()),
  disable_auth_on_inference: Type.Optional(Type.Boolean()),
})

const mcp = strictObject(
  {
    client_configs: Type.Optional(
      notYet(
        Type.Array(record(Type.Unknown()), { description: 'MCP servers whose tools are offered to models.' }),
        'MCP is not built yet: these servers are not connected and their tools not offered.',
      ),
    ),
    ...ignoredMembers(['tool_manager_config', 'tool_sync_interval'], lacking),
  },
  { description: 'MCP servers.' },
)

/** The one description of `config.json`: types, checks, warnings and the published JSON Schema come from it. */
export const configSchema = strictObject(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors.' })),
    providers: Type.Optional(
      record(provider, {
        description:
          'By provider id: a registered one (openai, anthropic, …) or a name of your own with custom_provider_config. Left out or empty: the providers whose variables are set in the environment.',
      }),
    ),
    model_aliases: Type.Optional(
      record(
        Type.Union([
          Type.String({ minLength: 1, description: '`provider/model`' }),
          Type.Array(aliasTarget, { minItems: 1 }),
        ]),
        { description: 'Names of your own for models; several targets share the requests by weight.' },
      ),
    ),
    fallbacks: Type.Optional(
      record(Type.Array(Type.String({ minLength: 1 })), {
        description:
          'Model pattern (`*` is any run of characters) → the `provider/model` that are tried in order when the first target cannot answer. The first pattern that fits decides.',
        examples: [{ 'gpt-4o*': ['anthropic/claude-3-5-sonnet-20241022'] }],
      }),
    ),
    routing: Type.Optional(routing),
    mcp: Type.Optional(mcp),
    queue: Type.Optional(queue),
    server: Type.Optional(server),
    auth_config: Type.Optional(
      notYet(authConfig, 'Authentication is not built yet: nobody is asked for these credentials.'),
    ),
    client: Type.Optional(client),
    ...ignoredMembers(
      [
        'encryption_key',
        'framework',
        'governance',
        'vector_store',
        'config_store',
        'logs_store',
        'cluster_config',
        'saml_config',
        'load_balancer_config',
        'guardrails_config',
        'audit_logs',
        'plugins',
        'large_payload_optimization',
        'websocket',
      ],
      lacking,
    ),
  },
  {
    title: 'Bifrost config.json',
    description: 'Every string may be "env.NAME": the value of that environment variable.',
  },
)

/** `config.json` as it is written, checked but not yet resolved. */
export type ConfigFile = Static<typeof configSchema>
export type ProviderFile = NonNullable<ConfigFile['providers']>[string]
