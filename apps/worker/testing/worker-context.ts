import type { TestContext } from 'node:test'
import type { Config, KeyConfig, NetworkConfig, ProviderConfig, RoutingConfig } from '#config'
import { Secret } from '#contract'
import type { LogFields, Logger } from '#observability'
import { createMemoryStore, createOwners, type Store } from '#store'
import { createProviderSetups, type WorkerContext } from '../context.ts'
import { createTraffic } from '../traffic.ts'

export type LogLine = { readonly level: string; readonly fields: object; readonly message: string }

/** Upstream calls as the metrics counted them. */
export type CountedCall = { readonly provider: string; readonly model: string; readonly outcome: string }

export type TestWorker = WorkerContext & {
  readonly lines: readonly LogLine[]
  readonly calls: readonly CountedCall[]
}

export function keyConfig(name: string, options: Partial<KeyConfig> = {}): KeyConfig {
  return { name, value: new Secret(`sk-canary-${name}`), models: [], weight: 1, ...options }
}

export function providerConfig(
  id: string,
  options: Partial<Omit<ProviderConfig, 'network'>> & { readonly network?: Partial<NetworkConfig> } = {},
): ProviderConfig {
  return {
    id,
    keys: [keyConfig('key-1')],
    concurrency: 10,
    bufferSize: 10,
    custom: undefined,
    ...options,
    network: {
      baseUrl: undefined,
      extraHeaders: {},
      requestTimeoutMs: 60_000,
      connectTimeoutMs: 5_000,
      firstByteTimeoutMs: undefined,
      streamIdleTimeoutMs: 60_000,
      streamTotalTimeoutMs: 60_000,
      maxRetries: 0,
      retryBackoffInitialMs: 1,
      retryBackoffMaxMs: 1,
      caCertPem: undefined,
      insecureSkipVerify: false,
      proxyUrl: undefined,
      ...options.network,
    },
  }
}

export function recordingLogger(lines: LogLine[]): Logger {
  const write = (level: string) => (fields: LogFields, message: string) => {
    lines.push({ level, fields: typeof fields === 'function' ? fields() : fields, message })
  }
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
  }
  return logger
}

const testQueue = {
  redisUrl: undefined,
  providerRedis: {},
  keyPrefix: 'test',
  maxWaitMs: 15_000,
  tenantShare: 1,
} as const
const testRouting: RoutingConfig = {
  strategy: 'weighted',
  rules: [],
  maxUpstreamCalls: 8,
  sessionHeader: 'x-bifrost-session-id',
  retrySafe: [],
  circuitBreaker: {
    enabled: true,
    errorThresholdPercentage: 50,
    volumeThreshold: 20,
    windowMs: 10_000,
    openMs: 5_000,
  },
  timeouts: [],
  rateLimits: [],
  prices: [],
  cache: { enabled: false, ttlMs: 300_000, maxEntryBytes: 1_048_576 },
}

/** A worker's context with these providers, real transports, a fixed random, and metrics and logs to look at. */
export function workerContext(
  test: TestContext,
  providers: readonly ProviderConfig[],
  random = 0,
  store: Store = createMemoryStore(),
): TestWorker {
  const lines: LogLine[] = []
  const calls: CountedCall[] = []
  let suffixes = 0
  const setups = createProviderSetups({
    providers: Object.fromEntries(providers.map((provider) => [provider.id, provider])),
  } as Config)
  test.after(async () => {
    for (const { transport } of setups.values()) await transport.close()
  })
  return {
    providers: setups,
    queue: testQueue,
    routing: testRouting,
    store,
    owners: createOwners(store.records),
    traffic: createTraffic({ store, routing: testRouting, logger: recordingLogger(lines) }),
    logger: recordingLogger(lines),
    metrics: {
      requestFinished: () => {},
      queueRejected: () => {},
      queueWaited: () => {},
      queueDepths: () => {},
      upstreamFinished: ({ provider, model, outcome }) => calls.push({ provider, model, outcome }),
      jobStalled: () => {},
      outcomeUnknown: () => {},
      keyStates: () => {},
      tokensUsed: () => {},
      cacheHit: () => {},
      rateLimited: () => {},
      passedOver: () => {},
      retried: () => {},
      fellBack: () => {},
      scrape: async () => '',
      snapshot: async () => [],
      contentType: 'text/plain',
    },
    newSuffix() {
      suffixes += 1
      return String(suffixes).padStart(16, '0')
    },
    random: () => random,
    nowMs: () => 1_700_000_000_000,
    monotonicMs: () => performance.now(),
    lines,
    calls,
  }
}
