/**
 * Front door `#resilience`: what keeps one provider's trouble from becoming everybody's. State is shared through the store, so
 * that all replicas decide alike. The only door to opossum.
 */
export { type BreakerState, readBreaker } from './breaker-state.ts'
export {
  type Admission,
  type BreakerChange,
  type BreakerObserver,
  type Breakers,
  type CallOutcome,
  createBreakers,
} from './breakers.ts'
export { type Cooldown, type CooldownReason, type Cooldowns, createCooldowns } from './cooldowns.ts'
export { createLatencies, type Latencies } from './latencies.ts'
export { type LearntLimits, learnLimits } from './learn-limits.ts'
export type { BreakerSettings } from './recorder.ts'
export { createRetryBudget, type RetryBudget } from './retry-budget.ts'
