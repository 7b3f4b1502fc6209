/** What a broker reports for metrics. Called on the hot path: must return at once and never throw. */
export type BrokerObserver = {
  /** A submission was refused; `code` is the GatewayError's. */
  rejected(provider: string, code: string): void
  /** A job was taken from a dead worker. */
  stalled(provider: string): void
  /** How long a job waited until a worker took it. */
  waited(provider: string, queueMs: number): void
}

export const silentObserver: BrokerObserver = { rejected: () => {}, stalled: () => {}, waited: () => {} }
