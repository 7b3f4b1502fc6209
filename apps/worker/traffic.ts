import type { RoutingConfig } from '#config'
import type { Logger } from '#observability'
import {
  type Breakers,
  type Cooldowns,
  createBreakers,
  createCooldowns,
  createLatencies,
  createRetryBudget,
  type Latencies,
  type RetryBudget,
} from '#resilience'
import type { Store } from '#store'

/** What all workers know and keep together of their providers. */
export type Traffic = {
  readonly breakers: Breakers
  readonly cooldowns: Cooldowns
  readonly budget: RetryBudget
  readonly latencies: Latencies
}

export function createTraffic(options: {
  readonly store: Store
  readonly routing: RoutingConfig
  readonly logger: Logger
}): Traffic {
  const { store, logger } = options
  return {
    breakers: createBreakers({
      store,
      settings: options.routing.circuitBreaker,
      observer: {
        opened: ({ provider, key, here }) =>
          logger[here ? 'warn' : 'debug']({ provider, key }, 'circuit breaker opened'),
        closed: ({ provider, key, here }) =>
          logger[here ? 'info' : 'debug']({ provider, key }, 'circuit breaker closed'),
      },
    }),
    cooldowns: createCooldowns(store),
    budget: createRetryBudget(store.windows),
    latencies: createLatencies(store),
  }
}
