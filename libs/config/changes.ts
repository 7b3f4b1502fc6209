import { Secret } from '#contract'
import { type Path, pathText } from './path.ts'
import type {
  Config,
  NetworkConfig,
  ProviderConfig,
  QueueConfig,
  RoutingConfig,
  ServerConfig,
} from './types.ts'

/** What a provider's queue takes in, as the file says it. */
export type ProviderLimits = {
  readonly provider: string
  readonly concurrency: number
  readonly bufferSize: number
}

/** What differs between the configuration that a process runs with and one that was read later. */
export type ConfigChanges = {
  /** Of every provider that both have, changed or not: to set what is set already costs nothing. */
  readonly limits: readonly ProviderLimits[]
  /** Paths of the file of all other differences: they take a restart. */
  readonly needRestart: readonly string[]
}

const live = Symbol('changes without a restart')

/** What a member is called in the file. A new member does not compile without its name. */
type Names<Section> = Readonly<Record<keyof Section, string | typeof live>>

const networkNames: Names<NetworkConfig> = {
  baseUrl: 'network_config.base_url',
  extraHeaders: 'network_config.extra_headers',
  requestTimeoutMs: 'network_config.default_request_timeout_in_seconds',
  connectTimeoutMs: 'network_config.connect_timeout_in_seconds',
  firstByteTimeoutMs: 'network_config.first_byte_timeout_in_seconds',
  streamIdleTimeoutMs: 'network_config.stream_idle_timeout_in_seconds',
  streamTotalTimeoutMs: 'network_config.stream_total_timeout_in_seconds',
  maxRetries: 'network_config.max_retries',
  retryBackoffInitialMs: 'network_config.retry_backoff_initial_ms',
  retryBackoffMaxMs: 'network_config.retry_backoff_max_ms',
  caCertPem: 'network_config.ca_cert_pem',
  insecureSkipVerify: 'network_config.insecure_skip_verify',
  proxyUrl: 'proxy_config',
}

const providerNames: Names<Omit<ProviderConfig, 'id' | 'network'>> = {
  keys: 'keys',
  custom: 'custom_provider_config',
  concurrency: live,
  bufferSize: live,
}

const queueNames: Names<QueueConfig> = {
  redisUrl: 'redis_url',
  providerRedis: 'provider_redis',
  keyPrefix: 'key_prefix',
  maxWaitMs: 'max_wait_in_seconds',
  tenantShare: 'tenant_share',
}

const routingNames: Names<RoutingConfig> = {
  strategy: 'strategy',
  rules: 'rules',
  maxUpstreamCalls: 'max_upstream_calls',
  sessionHeader: 'session_header',
  retrySafe: 'retry_safe',
  circuitBreaker: 'circuit_breaker',
  timeouts: 'timeouts',
  rateLimits: 'rate_limits',
  prices: 'prices',
  cache: 'cache',
}

const serverNames: Names<ServerConfig> = {
  maxRequestBodyBytes: 'max_request_body_size_mb',
  maxUploadBytes: 'max_upload_size_mb',
  allowedOrigins: 'allowed_origins',
  forwardHeaders: 'forward_headers',
  drainTimeoutMs: 'drain_timeout_in_seconds',
  tenantHeader: 'tenant_header',
  streamCommentsMs: 'stream_comments_in_seconds',
}

/** Compares what was resolved, so that a default that is written out is no difference. */
export function changesBetween(running: Config, read: Config): ConfigChanges {
  const common = Object.values(read.providers).filter(({ id }) => running.providers[id] !== undefined)
  return {
    limits: common.map(({ id, concurrency, bufferSize }) => ({ provider: id, concurrency, bufferSize })),
    needRestart: [
      ...keysThatDiffer(running.providers, read.providers, providerPaths),
      ...keysThatDiffer(running.modelAliases, read.modelAliases, (alias) => [['model_aliases', alias]]),
      ...(same(running.fallbacks, read.fallbacks) ? [] : [['fallbacks']]),
      ...membersThatDiffer(queueNames, running.queue, read.queue, ['queue']),
      ...membersThatDiffer(routingNames, running.routing, read.routing, ['routing']),
      ...membersThatDiffer(serverNames, running.server, read.server, ['server']),
    ].map(pathText),
  }
}

/** A provider that only one of the two has is named whole. */
function providerPaths(id: string, before?: ProviderConfig, after?: ProviderConfig): readonly Path[] {
  const path = ['providers', id]
  if (before === undefined || after === undefined) return [path]
  return [
    ...membersThatDiffer(providerNames, before, after, path),
    ...membersThatDiffer(networkNames, before.network, after.network, path),
  ]
}

function keysThatDiffer<Value>(
  before: Readonly<Record<string, Value>>,
  after: Readonly<Record<string, Value>>,
  pathsOf: (name: string, before?: Value, after?: Value) => readonly Path[],
): readonly Path[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names].flatMap((name) =>
    same(before[name], after[name]) ? [] : pathsOf(name, before[name], after[name]),
  )
}

function membersThatDiffer<Section extends object>(
  names: Names<Section>,
  before: NoInfer<Section>,
  after: NoInfer<Section>,
  path: Path,
): readonly Path[] {
  const members = Object.keys(names) as (keyof Section)[]
  return members.flatMap((member) => {
    const name = names[member]
    if (typeof name !== 'string' || same(before[member], after[member])) return []
    return [[...path, ...name.split('.')]]
  })
}

/** Equal as data; secrets by their text, which stays here. The order of members says nothing. */
function same(one: unknown, other: unknown): boolean {
  if (one instanceof Secret && other instanceof Secret) return one.reveal() === other.reveal()
  if (!isObject(one) || !isObject(other)) return Object.is(one, other)
  if (one instanceof Secret || other instanceof Secret || Array.isArray(one) !== Array.isArray(other))
    return false
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].every((key) => same(one[key], other[key]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
