import { checkTarget } from './aliases.ts'
import { defaults } from './defaults.ts'
import { checkHeaderName } from './headers.ts'
import type { Path } from './path.ts'
import type { Findings } from './problems.ts'
import type { ConfigFile } from './schema.ts'
import type {
  CircuitBreakerConfig,
  ModelTimeouts,
  ProviderConfig,
  RateLimitConfig,
  RoutingConfig,
  RoutingRule,
} from './types.ts'

type RoutingFile = NonNullable<ConfigFile['routing']>
type RuleFile = NonNullable<RoutingFile['rules']>[number]
type Providers = Readonly<Record<string, ProviderConfig>>

/** The `routing` section with its defaults; every target is checked as an alias's. */
export function resolveRouting(
  file: RoutingFile = {},
  providers: Providers,
  findings: Findings,
): RoutingConfig {
  return {
    strategy: file.strategy ?? 'weighted',
    rules: (file.rules ?? []).map((rule, index) => resolveRule(rule, index, providers, findings)),
    maxUpstreamCalls: file.max_upstream_calls ?? defaults.maxUpstreamCalls,
    sessionHeader: header(
      file.session_header ?? defaults.sessionHeader,
      ['routing', 'session_header'],
      findings,
    ),
    retrySafe: file.retry_safe ?? [],
    circuitBreaker: resolveBreaker(file.circuit_breaker ?? {}),
    timeouts: (file.timeouts ?? []).map(resolveTimeouts),
    rateLimits: (file.rate_limits ?? []).map((limit, index) => resolveRateLimit(limit, index, findings)),
    prices: Object.entries(file.prices ?? {}).map(([pattern, price]) => ({
      pattern,
      input: price.input ?? 0,
      output: price.output ?? 0,
      cacheRead: price.cache_read,
      cacheWrite: price.cache_write,
    })),
    cache: {
      enabled: file.cache?.enabled ?? false,
      ttlMs: toMs(file.cache?.ttl_in_seconds ?? defaults.cacheTtlSeconds),
      maxEntryBytes: (file.cache?.max_entry_size_kb ?? defaults.cacheMaxEntryKb) * 1024,
    },
  }
}

/** For a file with a broken provider, which would make good targets look wrong. */
export function withoutTargets(file: RoutingFile = {}): RoutingFile {
  const { rules: _, ...rest } = file
  return rest
}

function resolveRule(rule: RuleFile, index: number, providers: Providers, findings: Findings): RoutingRule {
  const path = ['routing', 'rules', index]
  rule.fallbacks?.forEach((target, position) => {
    checkTarget(target, [...path, 'fallbacks', position], providers, findings)
  })
  const headers = Object.entries(rule.when.headers ?? {}).map(([name, pattern]) => [
    header(name, [...path, 'when', 'headers', name], findings),
    pattern,
  ])
  return {
    name: rule.name ?? `rule-${index + 1}`,
    when: {
      model: rule.when.model,
      headers: Object.fromEntries(headers),
      metadata: rule.when.metadata ?? {},
    },
    targets: rule.targets?.map((target, position) => {
      const { model, weight = defaults.keyWeight } = typeof target === 'string' ? { model: target } : target
      checkTarget(model, [...path, 'targets', position], providers, findings)
      return { model, weight }
    }),
    strategy: rule.strategy,
    fallbacks: rule.fallbacks,
  }
}

function resolveBreaker(file: NonNullable<RoutingFile['circuit_breaker']>): CircuitBreakerConfig {
  return {
    enabled: file.enabled ?? true,
    errorThresholdPercentage: file.error_threshold_percentage ?? defaults.breakerErrorThresholdPercentage,
    volumeThreshold: file.volume_threshold ?? defaults.breakerVolumeThreshold,
    windowMs: toMs(file.window_in_seconds ?? defaults.breakerWindowSeconds),
    openMs: toMs(file.open_in_seconds ?? defaults.breakerOpenSeconds),
  }
}

function resolveTimeouts(file: NonNullable<RoutingFile['timeouts']>[number]): ModelTimeouts {
  const ms = (value: number | undefined) => (value === undefined ? undefined : toMs(value))
  return {
    model: file.model,
    requestTimeoutMs: ms(file.request_timeout_in_seconds),
    firstByteTimeoutMs: ms(file.first_byte_timeout_in_seconds),
    streamIdleTimeoutMs: ms(file.stream_idle_timeout_in_seconds),
    streamTotalTimeoutMs: ms(file.stream_total_timeout_in_seconds),
  }
}

function resolveRateLimit(
  file: NonNullable<RoutingFile['rate_limits']>[number],
  index: number,
  findings: Findings,
): RateLimitConfig {
  if (file.requests_per_minute === undefined && file.tokens_per_minute === undefined) {
    findings.problem(
      ['routing', 'rate_limits', index],
      'limits nothing; give it requests_per_minute, tokens_per_minute, or both.',
    )
  }
  if (file.per === 'client_key' && file.match !== undefined) {
    findings.problem(
      ['routing', 'rate_limits', index, 'match'],
      'cannot be given for client keys, which are secrets; remove it.',
    )
  }
  return {
    per: file.per,
    match: file.match,
    requestsPerMinute: file.requests_per_minute,
    tokensPerMinute: file.tokens_per_minute,
  }
}

function header(name: string, path: Path, findings: Findings): string {
  const checked = checkHeaderName(name)
  if (checked.ok) return checked.value
  findings.problem(path, checked.message)
  return name.toLowerCase()
}

function toMs(seconds: number): number {
  return Math.round(seconds * 1000)
}
