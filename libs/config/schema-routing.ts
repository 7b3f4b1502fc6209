import Type from 'typebox'
import { strategies } from '#contract'
import { defaults } from './defaults.ts'
import { record, seconds, strictObject } from './schema-parts.ts'

const maxSeconds = (description: string) =>
  Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 86_400, description }))
const pattern = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))
const patterns = (description: string) =>
  Type.Optional(record(Type.String({ minLength: 1 }), { description }))
const perMinute = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000, description }))
const price = (description: string) => Type.Optional(Type.Number({ minimum: 0, description }))

export const aliasTarget = strictObject({
  model: Type.String({ minLength: 1, description: '`provider/model`' }),
  weight: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000, default: defaults.keyWeight })),
})

const strategy = (description: string) => Type.Optional(Type.Enum([...strategies], { description }))

const rule = strictObject(
  {
    name: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'What logs call this rule.' }),
    ),
    when: strictObject(
      {
        model: pattern('Pattern of the model as the caller named it; `*` is any run of characters.'),
        headers: patterns('Request header → pattern of its value.'),
        metadata: patterns("Member of the request's metadata → pattern of its value."),
      },
      { description: 'All of it must fit.' },
    ),
    targets: Type.Optional(
      Type.Array(Type.Union([Type.String({ minLength: 1 }), aliasTarget]), {
        minItems: 1,
        description: 'Where such requests go instead of the model that they name.',
      }),
    ),
    strategy: strategy('How the targets are put in order.'),
    fallbacks: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Tried in order when the targets cannot answer.',
      }),
    ),
  },
  { description: 'The first rule that fits a request decides.' },
)

const circuitBreaker = strictObject(
  {
    enabled: Type.Optional(Type.Boolean({ default: true })),
    error_threshold_percentage: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 100,
        default: defaults.breakerErrorThresholdPercentage,
        description: 'Opens when more of the finished calls than this have failed.',
      }),
    ),
    volume_threshold: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        default: defaults.breakerVolumeThreshold,
        description: 'Finished calls in the window before the rate counts.',
      }),
    ),
    window_in_seconds: seconds('The time whose calls count.', defaults.breakerWindowSeconds),
    open_in_seconds: seconds(
      'How long it refuses before it lets a probe through.',
      defaults.breakerOpenSeconds,
    ),
  },
  { description: 'One per provider and key, known to all replicas.' },
)

const modelTimeouts = strictObject(
  {
    model: Type.String({ minLength: 1, description: 'Pattern of `model` or `provider/model`.' }),
    request_timeout_in_seconds: maxSeconds('As default_request_timeout_in_seconds of the provider.'),
    first_byte_timeout_in_seconds: maxSeconds("As the provider's."),
    stream_idle_timeout_in_seconds: maxSeconds("As the provider's."),
    stream_total_timeout_in_seconds: maxSeconds("As the provider's."),
  },
  { description: 'Timeouts of a model, before those of its provider.' },
)

const rateLimit = strictObject(
  {
    per: Type.Enum(['client_key', 'model', 'provider'], { description: 'What is counted.' }),
    match: pattern(
      'Pattern of models (`provider/model`) or provider ids: all that fit share one limit. Left out: each has one of its own.',
    ),
    requests_per_minute: perMinute('Requests admitted per minute.'),
    tokens_per_minute: perMinute('Tokens per minute: estimated at admission, corrected from the usage.'),
  },
  { description: 'Over all replicas; above it 429 rate_limited with Retry-After.' },
)

const priceOverride = strictObject(
  {
    input: price('US dollars per million input tokens.'),
    output: price('US dollars per million output tokens.'),
    cache_read: price('US dollars per million tokens read from the prompt cache; left out: as input.'),
    cache_write: price('US dollars per million tokens written to the prompt cache; left out: as input.'),
  },
  { description: 'A price of your own.' },
)

const cache = strictObject(
  {
    enabled: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Without it only for requests with the header x-bifrost-cache: true.',
      }),
    ),
    ttl_in_seconds: seconds('How long an answer is kept.', defaults.cacheTtlSeconds),
    max_entry_size_kb: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_536,
        default: defaults.cacheMaxEntryKb,
        description: 'Larger answers are not kept.',
      }),
    ),
  },
  { description: 'Exact cache of whole answers, and joining of identical requests in flight.' },
)

export const routing = strictObject(
  {
    strategy: strategy('How the targets of an alias are put in order; `weighted` when left out.'),
    rules: Type.Optional(Type.Array(rule)),
    max_upstream_calls: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: defaults.maxUpstreamCalls,
        description: 'Calls that one request may make over all its targets, retries included.',
      }),
    ),
    session_header: Type.Optional(
      Type.String({
        minLength: 1,
        default: defaults.sessionHeader,
        description: 'The request header whose value keeps requests on one key while it can be used.',
      }),
    ),
    retry_safe: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        default: [],
        description:
          'Patterns of `provider/model` whose requests may run once more after a worker died with them, at the price of a second paid call.',
      }),
    ),
    circuit_breaker: Type.Optional(circuitBreaker),
    timeouts: Type.Optional(Type.Array(modelTimeouts)),
    rate_limits: Type.Optional(Type.Array(rateLimit)),
    prices: Type.Optional(
      record(priceOverride, { description: 'Pattern of `provider/model` → price, before the bundled list.' }),
    ),
    cache: Type.Optional(cache),
  },
  { description: 'Which target and key a request goes to, how often, and how long it may take.' },
)
