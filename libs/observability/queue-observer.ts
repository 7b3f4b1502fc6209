import type { Metrics } from './types.ts'

/** What a broker reports, as it wants to be told about it: counted. */
export type QueueObserver = {
  rejected(provider: string, code: string): void
  stalled(provider: string): void
  waited(provider: string, queueMs: number): void
}

/** Counts what a broker reports: refusals on the pod that submitted, waits and stalls where jobs are taken. */
export function createQueueObserver(metrics: Metrics): QueueObserver {
  return {
    rejected: (provider, code) => metrics.queueRejected({ provider, reason: code }),
    stalled: (provider) => metrics.jobStalled({ provider }),
    waited: (provider, queueMs) => metrics.queueWaited({ provider, waitMs: queueMs }),
  }
}
