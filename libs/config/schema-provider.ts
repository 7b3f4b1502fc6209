import Type from 'typebox'
import { requestTypes } from '#providers/catalogue'
import { defaults } from './defaults.ts'
import { key } from './schema-key.ts'
import { ignoredMembers, milliseconds, record, seconds, strictObject } from './schema-parts.ts'

const lacking = 'Accepted so that an existing file loads; this gateway does not act on it.'

const networkConfig = strictObject(
  {
    base_url: Type.Optional(
      Type.String({
        minLength: 1,
        description: "The vendor's origin; a trailing `/v1` or `/v1beta` is accepted and never doubled.",
        examples: ['https://api.openai.com'],
      }),
    ),
    extra_headers: Type.Optional(
      record(Type.String(), { description: 'Headers sent with every request to this provider.' }),
    ),
    default_request_timeout_in_seconds: seconds(
      'From admission, queue wait and retries included, to the last byte of a unary answer or the first byte of a streamed one.',
      defaults.requestTimeoutSeconds,
    ),
    connect_timeout_in_seconds: seconds(
      'For a connection to this provider, name lookup included.',
      defaults.connectTimeoutMs / 1000,
    ),
    first_byte_timeout_in_seconds: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 86_400,
        description:
          'Of one call, from sending it until the head of its answer; then it is retried or goes to a fallback. Left out: only the request timeout counts.',
      }),
    ),
    stream_idle_timeout_in_seconds: seconds(
      'The longest silence inside a stream.',
      defaults.streamIdleTimeoutSeconds,
    ),
    stream_total_timeout_in_seconds: seconds(
      'The longest that a stream may last after its first byte.',
      defaults.streamTotalTimeoutSeconds,
    ),
    max_retries: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 100,
        default: defaults.maxRetries,
        description: 'Further calls to this provider after a failure, before the first byte of the answer.',
      }),
    ),
    retry_backoff_initial_ms: milliseconds('The first wait before a retry.', defaults.retryBackoffInitialMs),
    retry_backoff_max_ms: milliseconds('The longest wait before a retry.', defaults.retryBackoffMaxMs),
    retry_backoff_initial: milliseconds(
      'Another spelling of `retry_backoff_initial_ms`; milliseconds too.',
      defaults.retryBackoffInitialMs,
    ),
    retry_backoff_max: milliseconds(
      'Another spelling of `retry_backoff_max_ms`; milliseconds too.',
      defaults.retryBackoffMaxMs,
    ),
    ca_cert_pem: Type.Optional(
      Type.String({ minLength: 1, description: "PEM certificates that vouch for this provider's address." }),
    ),
    insecure_skip_verify: Type.Optional(
      Type.Boolean({ default: false, description: "Accept any certificate from this provider's address." }),
    ),
    ...ignoredMembers(['max_conns_per_host', 'beta_header_overrides'], lacking),
  },
  { description: 'Address, timeouts, retries and certificates of a provider.' },
)

const concurrencyAndBufferSize = strictObject(
  {
    concurrency: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        default: defaults.concurrency,
        description: 'Upstream calls at once, over all worker replicas.',
      }),
    ),
    buffer_size: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000_000,
        default: defaults.bufferSize,
        description: 'Requests that may wait beside those running, over all API replicas.',
      }),
    ),
  },
  { description: "How much a provider's queue takes in." },
)

const proxyConfig = strictObject(
  {
    type: Type.Optional(
      Type.Enum(['none', 'http', 'socks5', 'environment'], {
        description:
          '`environment` (the default) honours HTTPS_PROXY, HTTP_PROXY and NO_PROXY; `none` goes direct.',
      }),
    ),
    url: Type.Optional(Type.String({ minLength: 1, examples: ['http://proxy.internal:3128'] })),
    username: Type.Optional(Type.String()),
    password: Type.Optional(Type.String()),
    ...ignoredMembers(['ca_cert_pem'], lacking),
  },
  { description: 'The proxy towards a provider.' },
)

/** The types that we know, and the same for streams. */
const typeNames = Object.keys(requestTypes).flatMap((name) => [name, `${name}_stream`])

/** Members of the schema that this file format comes from. */
const otherTypeNames = [
  ...['video_generation'],
  ...['video_retrieve', 'video_download', 'video_delete', 'video_list', 'video_remix', 'ocr'],
  ...['file_list', 'file_retrieve', 'file_delete', 'file_content'],
  ...['batch_list', 'batch_retrieve', 'batch_cancel', 'batch_results'],
  ...['container_create', 'container_list', 'container_retrieve', 'container_delete'],
]

const customProviderConfig = strictObject(
  {
    base_provider_type: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'The registered provider whose wire, paths and auth this one has.',
      }),
    ),
    is_key_less: Type.Optional(
      Type.Boolean({ default: false, description: 'True when the provider asks for no credential.' }),
    ),
    allowed_requests: Type.Optional(
      strictObject(
        {
          ...Object.fromEntries(typeNames.map((name) => [name, Type.Optional(Type.Boolean())])),
          ...ignoredMembers(otherTypeNames, 'This gateway does not ask for it.'),
        },
        { description: 'What this provider may be asked for; left out = all that its base promises.' },
      ),
    ),
    request_path_overrides: Type.Optional(
      record(Type.String(), {
        description: 'Other paths than those of the base, by the names of allowed_requests.',
        examples: [{ chat_completion: '/api/v2/chat' }],
      }),
    ),
  },
  { description: 'Makes an id of your own a provider.' },
)

export const provider = strictObject(
  {
    keys: Type.Optional(
      Type.Array(key, {
        description: "Without keys the vendor's environment variable is used, for example OPENAI_API_KEY.",
      }),
    ),
    network_config: Type.Optional(networkConfig),
    concurrency_and_buffer_size: Type.Optional(concurrencyAndBufferSize),
    proxy_config: Type.Optional(proxyConfig),
    custom_provider_config: Type.Optional(customProviderConfig),
    ...ignoredMembers(
      ['send_back_raw_request', 'send_back_raw_response', 'store_raw_request_response', 'pricing_overrides'],
      lacking,
    ),
  },
  { description: 'Everything left out has a default, so `{}` is a whole provider when its variable is set.' },
)
