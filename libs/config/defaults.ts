/** Every value that applies when the file is silent. Durations end in their unit. */
export const defaults = {
  concurrency: 1000,
  bufferSize: 5000,
  keyWeight: 1,
  /** Not 30: long reasoning takes minutes before the first byte. */
  requestTimeoutSeconds: 600,
  connectTimeoutMs: 5000,
  streamIdleTimeoutSeconds: 60,
  streamTotalTimeoutSeconds: 3600,
  /** Not 0: most failures of a provider are over within a second. */
  maxRetries: 2,
  retryBackoffInitialMs: 500,
  retryBackoffMaxMs: 5000,
  maxRequestBodySizeMb: 25,
  maxUploadSizeMb: 512,
  drainTimeoutSeconds: 25,
  queueKeyPrefix: 'bifrost',
  /** Interactive callers rather hear of a full house than wait longer. */
  maxQueueWaitSeconds: 15,
  tenantShare: 1,
  maxUpstreamCalls: 8,
  sessionHeader: 'x-bifrost-session-id',
  breakerErrorThresholdPercentage: 50,
  /** Fewer, and a single early failure could open it. */
  breakerVolumeThreshold: 20,
  breakerWindowSeconds: 10,
  breakerOpenSeconds: 5,
  cacheTtlSeconds: 300,
  cacheMaxEntryKb: 1024,
  port: 8080,
  host: '0.0.0.0',
  metricsPort: 9100,
  logLevel: 'info',
} as const

/** Where a config file is looked for when `-config` names none, in this order. */
export const configFilePaths = ['./config.json', '/app/config/config.json', '/app/data/config.json'] as const
