/**
 * Front door `#routing`: pure decisions on plain data. Where a request goes, which key makes a call, what a failure does to the
 * key, and what follows it; randomness, times and facts are handed in.
 */
export { admits, providerAdmits } from './admits.ts'
export { type Availability, availabilityOf } from './availability.ts'
export { type Cooldown, cooldownAfter, isKeyStatus } from './cooldown.ts'
export { hindered } from './hindered.ts'
export {
  choosePacedKey,
  earliestOf,
  hindranceOf,
  type KeyChoice,
  type KeyChoiceOptions,
  type KeyHindrance,
  type KeyState,
  keyless,
} from './key-choice.ts'
export { type KeyFact, keyStateFrom } from './key-facts.ts'
export { matchRule, type RuledRequest, type TargetRule } from './match-rule.ts'
export {
  type AttemptFailure,
  type NextStep,
  type NextStepOptions,
  nextStep,
  type RetryPolicy,
} from './next-step.ts'
export { orderTargets, type TargetFacts } from './order-targets.ts'
export { matchesPattern } from './pattern.ts'
export {
  type PlannedRequest,
  planTargets,
  type SourcedTarget,
  type TargetPlan,
  type TargetPolicy,
  type TargetSource,
} from './plan-targets.ts'
export {
  type NonEmpty,
  type ResolveOptions,
  resolveModel,
  resolveTargets,
  type WeightedTarget,
} from './resolve-model.ts'
export {
  buildRoutingTable,
  type RoutingAliasTarget,
  type RoutingInput,
  type RoutingKey,
  type RoutingProvider,
  type RoutingTable,
} from './table.ts'
export { type PatternTimeouts, timeoutsOf } from './timeouts.ts'
export { chooseWeighted, type Random } from './weighted.ts'
export { type WithoutKeyStep, withoutKey } from './without-key.ts'
