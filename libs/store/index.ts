/**
 * Shared state of all replicas beside the queues: leases, records with an end, facts, windows, and the store's clock. What
 * opens ioredis has a door of its own, `#store/redis`, which is opened late: only where a Redis is configured.
 */

export type { StoreClock } from './clock.ts'
export { createMemoryStore, type MemoryStoreOptions } from './memory/index.ts'
export {
  createOwners,
  type Owner,
  type Owners,
  type ResourceId,
  type ResourceKind,
  resourceKindOf,
} from './owners.ts'
export type { RateLimits, RateReservation, RateState, RateTaking } from './rate-limits.ts'
export type { Connections } from './redis/connections.ts'
export type { RedisStore, RedisStoreOptions } from './redis/index.ts'
export { leaseKeys } from './redis/leases.ts'
export { loadScript, type Script } from './redis/script.ts'
export type { Site } from './redis/sites.ts'
export { createSubscriptions, type Subscription, type Subscriptions } from './redis/subscriptions.ts'
export type { Fact, FactChange, Facts, Leases, Records, Renewal, Store, Windows } from './store.ts'
export {
  createStoredResponses,
  isStoredResponseId,
  type StoredResponse,
  type StoredResponses,
  storedResponseId,
} from './stored-responses.ts'
export { storeUnavailable } from './unavailable.ts'
export { within } from './within.ts'
