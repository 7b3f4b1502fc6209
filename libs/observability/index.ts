/** Logs and metrics: the only door to pino and prom-client. May import contract. */
export { endedSnapshot } from './aggregate.ts'
export { configuredNames, type NamingConfig } from './configured-names.ts'
export { createLogger } from './logger.ts'
export { maskText } from './mask.ts'
export type { MetricDefinition } from './metric-definitions.ts'
export { metricDefinitions } from './metric-definitions.ts'
export { createMetrics } from './metrics.ts'
export { renderMetricsTable } from './metrics-table.ts'
export { createQueueObserver, type QueueObserver } from './queue-observer.ts'
export { type SerializedError, serializeError } from './serialize-error.ts'
export type {
  LogDestination,
  LogFields,
  Logger,
  LogLevel,
  Metrics,
  MetricsSnapshot,
  RootLogger,
} from './types.ts'
export { logLevels } from './types.ts'
