import type { Secret, Strategy } from '#contract'
import type { CustomProvider, ProviderCredential } from '#providers/catalogue'

/** The resolved, frozen configuration: defaults applied, `env.NAME` replaced, units as the names say. */
export type Config = {
  readonly providers: Readonly<Record<string, ProviderConfig>>
  readonly modelAliases: Readonly<Record<string, readonly AliasTarget[]>>
  /** Patterns in file order. */
  readonly fallbacks: readonly { readonly pattern: string; readonly targets: readonly string[] }[]
  readonly queue: QueueConfig
  readonly routing: RoutingConfig
  readonly server: ServerConfig
}

export type QueueConfig = {
  /** One Redis, several, or a cluster; `redisAddressOf` reads it. */
  readonly redisUrl: string | undefined
  /** Provider → which of several, from 0. */
  readonly providerRedis: Readonly<Record<string, number>>
  readonly keyPrefix: string
  /** How long a request of priority high or normal may wait for a worker. */
  readonly maxWaitMs: number
  /** The part of a queue's capacity that one tenant may hold, in (0, 1]. */
  readonly tenantShare: number
}

/** What happens to requests beyond the choice of a provider; `docs/traffic-policy.md` explains each. */
export type RoutingConfig = {
  readonly strategy: Strategy
  /** In file order: the first one that fits a request decides. */
  readonly rules: readonly RoutingRule[]
  /** Over all targets of a request. */
  readonly maxUpstreamCalls: number
  /** Lower case: the header whose value keeps a caller's requests on one key. */
  readonly sessionHeader: string
  /** Model patterns (`provider/model` too) whose requests may run again after a crash. */
  readonly retrySafe: readonly string[]
  readonly circuitBreaker: CircuitBreakerConfig
  /** In file order: the first one whose pattern fits the target decides, member by member. */
  readonly timeouts: readonly ModelTimeouts[]
  readonly rateLimits: readonly RateLimitConfig[]
  /** Prices of one's own, before the bundled list; patterns of `provider/model` in file order. */
  readonly prices: readonly PriceOverride[]
  readonly cache: CacheConfig
}

export type RoutingRule = {
  /** For logs and metrics; `rule-<position>` when the file has none. */
  readonly name: string
  readonly when: {
    /** Pattern of the model as the caller named it. */
    readonly model: string | undefined
    /** Header (lower case) → pattern of its value. */
    readonly headers: Readonly<Record<string, string>>
    /** Member of the request's metadata → pattern of its value. */
    readonly metadata: Readonly<Record<string, string>>
  }
  /** Absent = those of the model that was named. */
  readonly targets: readonly AliasTarget[] | undefined
  readonly strategy: Strategy | undefined
  readonly fallbacks: readonly string[] | undefined
}

export type CircuitBreakerConfig = {
  readonly enabled: boolean
  readonly errorThresholdPercentage: number
  /** Finished calls in the window before the rate counts; at least 20 for opossum not to open on a single early failure. */
  readonly volumeThreshold: number
  readonly windowMs: number
  /** How long an open breaker refuses before it lets a probe through. */
  readonly openMs: number
}

export type ModelTimeouts = {
  readonly model: string
  readonly requestTimeoutMs: number | undefined
  readonly firstByteTimeoutMs: number | undefined
  readonly streamIdleTimeoutMs: number | undefined
  readonly streamTotalTimeoutMs: number | undefined
}

/** One limit per minute; a request must pass all that concern it. */
export type RateLimitConfig = {
  readonly per: 'client_key' | 'model' | 'provider'
  /** Of models or provider ids; absent = each one has a limit of its own. */
  readonly match: string | undefined
  readonly requestsPerMinute: number | undefined
  readonly tokensPerMinute: number | undefined
}

/** US dollars per million tokens. */
export type PriceOverride = {
  readonly pattern: string
  readonly input: number
  readonly output: number
  readonly cacheRead: number | undefined
  readonly cacheWrite: number | undefined
}

export type CacheConfig = {
  /** Without it a request asks by header. */
  readonly enabled: boolean
  readonly ttlMs: number
  readonly maxEntryBytes: number
}

export type AliasTarget = { readonly model: string; readonly weight: number }

/** A key: what a provider is asked with, and what decides when it is. */
export type KeyConfig = ProviderCredential & {
  /** `name` of the file, else a digest (`keyNameOf`): never its place in the file. Safe to log. */
  readonly name: string
  /** Empty or `["*"]` admits every model. */
  readonly models: readonly string[]
  readonly weight: number
}

export type ProviderConfig = {
  readonly id: string
  readonly keys: readonly KeyConfig[]
  readonly network: NetworkConfig
  readonly concurrency: number
  readonly bufferSize: number
  readonly custom: CustomProvider | undefined
}

export type NetworkConfig = {
  /** The vendor's origin, without trailing slash or version segment; absent = the catalogue's. */
  readonly baseUrl: string | undefined
  readonly extraHeaders: Readonly<Record<string, string>>
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  /** From sending a request until the head of its answer; absent = the request's own timeout. */
  readonly firstByteTimeoutMs: number | undefined
  readonly streamIdleTimeoutMs: number
  readonly streamTotalTimeoutMs: number
  readonly maxRetries: number
  readonly retryBackoffInitialMs: number
  readonly retryBackoffMaxMs: number
  readonly caCertPem: string | undefined
  readonly insecureSkipVerify: boolean
  /** `http://user:password@host:port`, from `proxy_config` or HTTPS_PROXY; absent = direct. */
  readonly proxyUrl: Secret | undefined
}

export type ServerConfig = {
  readonly maxRequestBodyBytes: number
  readonly maxUploadBytes: number
  readonly allowedOrigins: readonly string[]
  /** Lower case. */
  readonly forwardHeaders: readonly string[]
  readonly drainTimeoutMs: number
  /** Lower case: the header that names the tenant; absent = the client's key does. */
  readonly tenantHeader: string | undefined
  /** A stream that waits is kept open with comments at this distance; absent = only for a caller that asks. */
  readonly streamCommentsMs: number | undefined
}

/** A setting that was accepted but does nothing (yet): named by its JSON path. */
export type ConfigWarning = { readonly path: string; readonly message: string }
