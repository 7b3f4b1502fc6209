/**
 * Front door `#resilience`: what keeps one provider's trouble from becoming everybody's. State is shared through the store, so
 * that all replicas decide alike. The only door to opossum.
 */
export { createRetryBudget, type RetryBudget } from './retry-budget.ts'
