import type { Strategy, Target } from '#contract'
import type { NonEmpty, WeightedTarget } from './resolve-model.ts'
import { chooseWeighted, type Random } from './weighted.ts'

/** What is known of a target at this moment; absent = unknown. */
export type TargetFacts = {
  /** What a request costs there, in any unit that is the same for all targets. */
  readonly cost?: number | undefined
  /** Moving p50 of the time to the first byte. */
  readonly latencyMs?: number | undefined
  /** How long a request would wait in the queue of its provider now. */
  readonly queueWaitMs?: number | undefined
}

/**
 * The targets in the order in which they are tried. Always starts from lots drawn by weight, which decide alone for `weighted`
 * and break ties for the others; a target of weight 0 comes behind all that have some.
 *
 *   | strategy       | order                  | a target of which that is unknown                                   |
 *   |----------------|------------------------|---------------------------------------------------------------------|
 *   | weighted       | the lots               |                                                                     |
 *   | lowest-cost    | cheapest first         | comes last                                                          |
 *   | lowest-latency | fastest first          | first when the lots say so, else last: it is explored, not flooded   |
 *   | least-busy     | shortest wait first    | counts as idle                                                      |
 */
export function orderTargets(options: {
  readonly targets: NonEmpty<WeightedTarget>
  readonly strategy: Strategy
  readonly factsOf: (target: Target) => TargetFacts | undefined
  readonly random: Random
}): NonEmpty<WeightedTarget> {
  const { targets, strategy, factsOf, random } = options
  if (targets.length < 2) return targets
  const drawn = drawAll(targets, random)
  switch (strategy) {
    case 'weighted':
      return drawn
    case 'lowest-cost':
      return sortedBy(drawn, (target) => factsOf(target)?.cost ?? Number.POSITIVE_INFINITY)
    case 'lowest-latency':
      return explored(drawn, (target) => factsOf(target)?.latencyMs)
    case 'least-busy':
      return sortedBy(drawn, (target) => factsOf(target)?.queueWaitMs ?? 0)
    default:
      return strategy satisfies never
  }
}

/**
 * A target that always fails never shows a latency: if the unknown ones went first each time, it would be the first stop of
 * every request. So a request explores only where its lot falls on an unknown one.
 */
function explored(
  drawn: NonEmpty<WeightedTarget>,
  latencyOf: (target: Target) => number | undefined,
): NonEmpty<WeightedTarget> {
  const byLatency = (target: Target) => latencyOf(target) ?? Number.POSITIVE_INFINITY
  if (latencyOf(drawn[0]) !== undefined) return sortedBy(drawn, byLatency)
  return sortedBy(drawn, (target) => (target === drawn[0] ? Number.NEGATIVE_INFINITY : byLatency(target)))
}

function drawAll(targets: NonEmpty<WeightedTarget>, random: Random): NonEmpty<WeightedTarget> {
  const first = chooseWeighted(targets, random) ?? targets[0]
  const [next, ...others] = targets.filter((target) => target !== first)
  return next === undefined ? [first] : [first, ...drawAll([next, ...others], random)]
}

/** Stable, so that the lots break ties. */
function sortedBy(
  [head, ...tail]: NonEmpty<WeightedTarget>,
  measure: (target: Target) => number,
): NonEmpty<WeightedTarget> {
  const measured = [head, ...tail].map((target) => ({ target, by: measure(target) }))
  const [first, ...others] = measured
    .toSorted((a, b) => (a.by === b.by ? 0 : a.by - b.by))
    .map(({ target }) => target)
  return [first ?? head, ...others]
}
