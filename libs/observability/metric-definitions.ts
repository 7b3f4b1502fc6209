/** One metric as it is registered and documented. */
export type MetricDefinition = {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds in the metric's unit. */
  readonly buckets?: readonly number[]
  /** Which processes show it. */
  readonly shownBy: 'api' | 'worker'
}

const answerSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 45, 60, 90, 300, 600]
const waitSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** Every metric of the product: name, labels, buckets. `docs/metrics.md` is made from this table. */
export const metricDefinitions = {
  requests: {
    name: 'bifrost_requests_total',
    type: 'counter',
    help: 'Requests answered to callers. A stream that failed counts with the status of its error, a caller that left as 499.',
    labels: ['provider', 'model', 'status', 'surface'],
    shownBy: 'api',
  },
  requestDuration: {
    name: 'bifrost_request_duration_seconds',
    type: 'histogram',
    help: 'From the head of the request to the last byte of the answer.',
    labels: ['provider', 'model', 'status', 'surface'],
    buckets: answerSeconds,
    shownBy: 'api',
  },
  queueDepth: {
    name: 'bifrost_queue_depth',
    type: 'gauge',
    help: 'Requests in a provider queue over all replicas. state: waiting, delayed, active, or admitted (reserved and not yet ended).',
    labels: ['provider', 'state'],
    shownBy: 'api',
  },
  queueCapacity: {
    name: 'bifrost_queue_capacity',
    type: 'gauge',
    help: 'How many requests a provider queue admits: buffer_size + concurrency.',
    labels: ['provider'],
    shownBy: 'api',
  },
  queueRejections: {
    name: 'bifrost_queue_rejections_total',
    type: 'counter',
    help: 'Requests that were not admitted. reason: the code of the error that the caller got.',
    labels: ['provider', 'reason'],
    shownBy: 'api',
  },
  queueWait: {
    name: 'bifrost_queue_wait_seconds',
    type: 'histogram',
    help: 'From admission until a worker took the request.',
    labels: ['provider'],
    buckets: waitSeconds,
    shownBy: 'worker',
  },
  queueOldest: {
    name: 'bifrost_queue_oldest_seconds',
    type: 'gauge',
    help: 'Age of the oldest request that waits for its first start.',
    labels: ['provider'],
    shownBy: 'api',
  },
  queueDrain: {
    name: 'bifrost_queue_drain_per_second',
    type: 'gauge',
    help: 'Requests that left a provider queue per second, over the last 10 s and all replicas.',
    labels: ['provider'],
    shownBy: 'api',
  },
  breakerOpen: {
    name: 'bifrost_circuit_breaker_open',
    type: 'gauge',
    help: '1 while the circuit breaker of a key refuses calls, else 0. key: its name; empty for a provider without keys.',
    labels: ['provider', 'key'],
    shownBy: 'api',
  },
  keyCooling: {
    name: 'bifrost_key_cooldown_seconds',
    type: 'gauge',
    help: 'How long a key is still left alone after a refusal of its provider; 0 for one that is used.',
    labels: ['provider', 'key'],
    shownBy: 'api',
  },
  inputTokens: {
    name: 'bifrost_input_tokens_total',
    type: 'counter',
    help: 'Tokens of requests, those read from prompt caches included, as providers counted them.',
    labels: ['provider', 'model'],
    shownBy: 'api',
  },
  outputTokens: {
    name: 'bifrost_output_tokens_total',
    type: 'counter',
    help: 'Tokens of answers, reasoning included, as providers counted them.',
    labels: ['provider', 'model'],
    shownBy: 'api',
  },
  cost: {
    name: 'bifrost_cost_total',
    type: 'counter',
    help: 'US dollars, from usage and the price list; requests of models without a price are not in it.',
    labels: ['provider', 'model'],
    shownBy: 'api',
  },
  cacheHits: {
    name: 'bifrost_cache_hits_total',
    type: 'counter',
    help: 'Requests answered without a call. cache_type: exact (from the cache) or joined (from an identical one in flight).',
    labels: ['cache_type'],
    shownBy: 'api',
  },
  rateLimited: {
    name: 'bifrost_rate_limited_total',
    type: 'counter',
    help: 'Requests refused by a rate limit of ours. per: client_key, model or provider; unit: requests or tokens.',
    labels: ['per', 'unit'],
    shownBy: 'api',
  },
  passedOver: {
    name: 'bifrost_targets_passed_over_total',
    type: 'counter',
    help: 'Targets that a request did not wait for at its admission. reason: queue_full, tenant_share, circuit_open or key_cooldown.',
    labels: ['provider', 'reason'],
    shownBy: 'api',
  },
  retries: {
    name: 'bifrost_retries_total',
    type: 'counter',
    help: 'Calls repeated after a failure. outcome: retried, or budget_exhausted for one that was not.',
    labels: ['provider', 'outcome'],
    shownBy: 'worker',
  },
  fallbacks: {
    name: 'bifrost_fallbacks_total',
    type: 'counter',
    help: 'Requests that went on from one provider to another after a failure.',
    labels: ['provider', 'to'],
    shownBy: 'worker',
  },
  upstreamRequests: {
    name: 'bifrost_upstream_requests_total',
    type: 'counter',
    help: 'Calls to providers, retries included. outcome: the HTTP status, or the code of the error.',
    labels: ['provider', 'model', 'method', 'outcome'],
    shownBy: 'worker',
  },
  upstreamLatency: {
    name: 'bifrost_upstream_latency_seconds',
    type: 'histogram',
    help: 'From the start of a call to a provider to the last byte of its answer.',
    labels: ['provider', 'model', 'method', 'is_success'],
    buckets: answerSeconds,
    shownBy: 'worker',
  },
  stalledJobs: {
    name: 'bifrost_stalled_jobs_total',
    type: 'counter',
    help: 'Jobs taken back from a worker that had died or frozen.',
    labels: ['provider'],
    shownBy: 'worker',
  },
  outcomeUnknown: {
    name: 'bifrost_outcome_unknown_total',
    type: 'counter',
    help: 'Requests answered with upstream_outcome_unknown: the provider may or may not have run them.',
    labels: ['provider'],
    shownBy: 'worker',
  },
} as const satisfies Record<string, MetricDefinition>
