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
